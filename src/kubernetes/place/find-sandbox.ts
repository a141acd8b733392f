import { ConfigurationError } from "../../model/problem.ts";
import type { FindRequest } from "../../sandbox/place.ts";
import type { RunningSandbox } from "../../sandbox/running-sandbox.ts";
import { scopeNamed } from "../lowering/sandbox-scope.ts";
import { endsOf } from "../readiness/ended-services.ts";
import { watchNamespace } from "../readiness/namespace-watch.ts";
import { withAddresses } from "./alias-addresses.ts";
import { findRoot, ownershipIn } from "./find-root.ts";
import { partPods } from "./part-pods.ts";
import type { PlaceInCluster } from "./place-in-cluster.ts";
import { sharedPlacement } from "./placement.ts";
import { runningSandbox } from "./running-sandbox.ts";

/** @throws ConfigurationError naming the missing services, or the component to choose */
export async function findSandbox(
  place: PlaceInCluster,
  { plan, owner, component, secrets, use, whole = true }: FindRequest,
): Promise<RunningSandbox> {
  const { cluster, request, tenancy } = place;
  const root = await findRoot(place, { sandbox: plan.sandbox, owner, component });
  const scope = root && scopeNamed(root.name);
  const pods = scope && (await partPods(cluster, scope));
  const missing = plan.services
    .filter(({ key, completesWithin }) => whole && completesWithin === undefined && !pods?.has(key))
    .map(({ key }) => `service ${key}`);
  if (root === undefined || scope === undefined || pods === undefined || missing.length > 0)
    throw new ConfigurationError(
      `sandbox "${plan.sandbox}": is not up (${missing.join(", ") || `its ${tenancy.noun}`} missing); ` +
        "run nestbox up first",
    );
  const closed = new AbortController();
  let watch: ReturnType<typeof watchNamespace> | undefined;
  return runningSandbox({
    ...{ ...use, cluster, plan, secrets, closed },
    projectFolder: request.projectFolder,
    placement: await withAddresses(cluster, plan, {
      ...{ ...sharedPlacement(request, [plan]), ...scope },
      ownership: ownershipIn(root),
    }),
    watch: () => {
      watch ??= watchNamespace(cluster, scope, closed.signal);
      return watch;
    },
    earlierEnds: endsOf([...pods.values()].map(({ pod }) => pod)),
    // Another one of its name may have been created since.
    remove: () => tenancy.remove(cluster, scope, root.id),
  });
}
