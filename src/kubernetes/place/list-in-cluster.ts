import { LABEL } from "../../model/labels.ts";
import type { OwnedResource } from "../../ownership/owned-resource.ts";
import type { ListedSandbox, ListedService } from "../../sandbox/listed-sandbox.ts";
import { scopeNamed } from "../lowering/sandbox-scope.ts";
import { ownedSandboxes } from "../owner-store.ts";
import { readServices, type ServiceInCluster } from "../running-services.ts";
import { ownershipIn } from "./find-root.ts";
import type { PlaceInCluster } from "./place-in-cluster.ts";

/** The sandboxes of an owner in a cluster. @param owner default: all owners */
export async function listInCluster(
  { cluster, tenancy }: Pick<PlaceInCluster, "cluster" | "tenancy">,
  owner?: string,
): Promise<readonly ListedSandbox[]> {
  const [roots, services] = await Promise.all([
    ownedSandboxes(cluster, tenancy, owner),
    readServices(cluster, tenancy, owner),
  ]);
  return sandboxesIn(roots, services);
}

/** The sandboxes of roots, by their labels, ordered by owner and name. */
export function sandboxesIn(
  roots: readonly OwnedResource[],
  services: readonly ServiceInCluster[],
): readonly ListedSandbox[] {
  return roots
    .map((found) => {
      const { name, labels } = found;
      const { timeToLive, component, ...ownership } = ownershipIn(found);
      const sandbox = labels[LABEL.sandbox] ?? "";
      return {
        ...{ ...ownership, timeToLive, sandbox, component: component ?? sandbox },
        networks: [],
        namespace: scopeNamed(name).namespace,
        services: services
          .filter((one) => one.sandbox === name)
          .map(({ service, pod = "", state }) => ({ service, container: pod, state, published: {} }))
          .sort(byName),
      };
    })
    .sort((one, other) => (`${one.owner} ${one.component}` < `${other.owner} ${other.component}` ? -1 : 1));
}

function byName(one: ListedService, other: ListedService): number {
  return one.service < other.service ? -1 : 1;
}
