import type { StartRequest } from "../../sandbox/place.ts";
import type { RunningSandbox } from "../../sandbox/running-sandbox.ts";
import { knowsPolicies } from "./known-policies.ts";
import { reportIsolation } from "./network-isolation.ts";
import type { PlaceInCluster } from "./place-in-cluster.ts";
import { ownSettings, sharedPlacement } from "./placement.ts";
import { runningSandbox } from "./running-sandbox.ts";
import { startInCluster } from "./start-in-cluster.ts";

/** Starts a sandbox without an owner, and warns of a cluster that does not isolate its networks. */
export async function startInNamespace(
  { cluster, request, tenancy }: PlaceInCluster,
  { plan, secrets, signal, progress, timings }: StartRequest,
): Promise<RunningSandbox> {
  const { environment, project, projectFolder, settings } = request;
  const { namespace, namespacePrefix } = ownSettings(settings);
  const { isolation, placement, watch, lost, confirm, remove } = await startInCluster({
    ...{ plan, cluster, secrets, signal, project, namespace, namespacePrefix, environment, timings },
    knowsPolicies: knowsPolicies(cluster, environment),
    placement: sharedPlacement(request, [plan]),
  });
  reportIsolation({ cluster, request, tenancy }, isolation, progress);
  const closed = new AbortController();
  return runningSandbox({
    ...{ cluster, plan, secrets, placement, projectFolder, lost, confirm, remove, closed },
    ...{ labels: {}, afterJob: async () => {}, earlierEnds: [] },
    watch: () => watch,
  });
}
