import { isPartOf, LABEL } from "../../model/labels.ts";
import type { OwnedResource } from "../../ownership/owned-resource.ts";
import type { Ownership } from "../../ownership/ownership.ts";
import { runningComponent } from "../../sandbox/running-component.ts";
import type { Cluster } from "../api/cluster.ts";
import { ownedSandboxes } from "../owner-store.ts";
import type { Tenancy } from "../tenancy/tenancy.ts";

/**
 * The root of an owner's sandbox. Undefined if it has none.
 * @param component @default the one that is named after the sandbox, else the only one
 * @throws as {@link runningComponent} does
 */
export async function findRoot(
  { cluster, tenancy }: { readonly cluster: Cluster; readonly tenancy: Tenancy },
  {
    sandbox,
    owner,
    component,
  }: {
    readonly sandbox: string;
    readonly owner: string;
    readonly component?: string | undefined;
  },
): Promise<OwnedResource | undefined> {
  const roots = await ownedSandboxes(cluster, tenancy, owner);
  const identity = runningComponent(sandbox, roots, owner, component);
  return roots.find(({ labels }) => isPartOf(identity, labels));
}

/** The ownership that the labels of a root describe. */
export function ownershipIn({ labels }: OwnedResource): Ownership {
  const { [LABEL.component]: component, [LABEL.branch]: branch } = labels;
  return {
    owner: labels[LABEL.owner] ?? "",
    project: labels[LABEL.project] ?? "",
    stack: labels[LABEL.stack] ?? "",
    ...(component !== undefined && { component }),
    ...(branch !== undefined && { branch }),
    created: labels[LABEL.created] ?? "",
    timeToLive: (labels[LABEL.timeToLive] ?? "never") as Ownership["timeToLive"],
  };
}
