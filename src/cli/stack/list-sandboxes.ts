import { readFacts } from "../../docker/facts.ts";
import { readMemory } from "../../docker/memory.ts";
import { LABEL } from "../../model/labels.ts";
import type { OwnedResource } from "../../ownership/owned-resource.ts";
import { stacksOn } from "../../stacks/ended-stacks.ts";
import type { StackEnd } from "../../stacks/stack-on-engine.ts";
import { type RunningSandbox, sandboxesIn, sandboxesOn } from "../tables/sandbox-list.ts";
import { ownerLabel } from "../workspace/stack-owner.ts";
import {
  type ClusterWorkspace,
  type EngineWorkspace,
  isInCluster,
  type Workspace,
} from "../workspace/workspace.ts";

/** The sandboxes of all owners on a place. */
export interface SandboxListing {
  readonly sandboxes: readonly RunningSandbox[];
  /** By the place's clock. */
  readonly now: number;
}

/** The sandboxes of all owners, with the ends of their stacks. */
export function listSandboxes(workspace: Workspace): Promise<SandboxListing> {
  return isInCluster(workspace) ? listInCluster(workspace) : listOnEngine(workspace);
}

/** The stack's own sandboxes, which have just been brought up. */
export async function listOwnSandboxes(workspace: Workspace): Promise<readonly RunningSandbox[]> {
  const owner = ownerLabel(workspace.project, process.env);
  if (!isInCluster(workspace))
    return sandboxesOn(await readFacts(workspace.engine)).filter((sandbox) => sandbox.owner === owner);
  const [resources, services] = await Promise.all([
    workspace.place.readOwned(owner),
    readClusterServices(workspace, owner),
  ]);
  return sandboxesIn(resources, services);
}

async function listOnEngine({ engine, place }: EngineWorkspace): Promise<SandboxListing> {
  const [facts, resources, now] = await Promise.all([
    readFacts(engine),
    place.readOwned(),
    place.leases.now(),
  ]);
  const running = facts.containers.filter((container) => container.running && container.labels[LABEL.owner]);
  const ids = running.map(({ id }) => id);
  const memory = await readMemory(engine, ids);
  return { sandboxes: sandboxesOn(facts, { ends: endsOf(resources, now), memory }), now };
}

async function listInCluster(workspace: ClusterWorkspace): Promise<SandboxListing> {
  const { place } = workspace;
  const [services, resources, now] = await Promise.all([
    readClusterServices(workspace),
    place.readOwned(),
    place.leases.now(),
  ]);
  return { sandboxes: sandboxesIn(resources, services, endsOf(resources, now)), now };
}

function endsOf(resources: readonly OwnedResource[], now: number): ReadonlyMap<string, StackEnd> {
  return new Map(stacksOn(resources, now).map((stack) => [stack.owner, stack.ends]));
}

async function readClusterServices({ cluster }: ClusterWorkspace, owner?: string) {
  // Imported here: stacks on an engine need none of it.
  const { readServices } = await import("../../kubernetes/running-services.ts");
  return readServices(cluster, owner);
}
