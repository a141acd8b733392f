import type { Place } from "../../sandbox/place.ts";
import type { ConnectRequest } from "../../sandbox/target.ts";
import type { Cluster } from "../api/cluster.ts";
import { KubernetesForbidden } from "../api/cluster-error.ts";
import type { KubernetesSettings } from "../kubernetes-settings.ts";
import { KUBERNETES } from "../kubernetes-support.ts";
import { clusterOwnerStore } from "../owner-store.ts";
import { tenancyOf } from "../tenancy/tenancy-of.ts";
import { checkPlans } from "./check-plans.ts";
import { findSandbox } from "./find-sandbox.ts";
import { keepSandbox } from "./keep-sandbox.ts";
import { listInCluster } from "./list-in-cluster.ts";
import { missingParts } from "./missing-parts.ts";
import { ownSettings } from "./placement.ts";
import { startInNamespace } from "./start-in-namespace.ts";

/** A cluster on which the sandboxes of a project run. */
export function clusterPlace(cluster: Cluster, request: ConnectRequest): Place {
  const { name, server } = cluster.context;
  const tenancy = tenancyOf(ownSettings(request.settings));
  const place = { cluster, request, tenancy };
  return {
    ...clusterOwnerStore(cluster, tenancy),
    target: KUBERNETES.name,
    context: name,
    noun: "cluster",
    id: `${KUBERNETES.name} ${server} ${tenancy.leases.namespace}`,
    check: async (plans, ownership) => checkPlans(request, plans, ownership),
    missing: (plan, component) => missingParts(place, plan, component),
    start: (start) => startInNamespace(place, start),
    keep: (keep) => keepSandbox(place, keep),
    find: (find) => findSandbox(place, find),
    list: (owner) => listInCluster(place, owner),
    // Its root stands for all of a sandbox.
    partsOf: () => [`${tenancy.noun} `],
    requireUnused: async () => {},
    explain: (error) => withNamespace(error, ownSettings(request.settings)),
  };
}

/** The same error; a missing permission names the namespace that takes all sandboxes. */
function withNamespace(error: unknown, { namespace }: KubernetesSettings): unknown {
  if (!(error instanceof KubernetesForbidden)) return error;
  return new KubernetesForbidden(error.problem, { namespace, ...error.context });
}
