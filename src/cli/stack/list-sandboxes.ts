import { readFacts } from "../../docker/facts.ts";
import { readMemory } from "../../docker/memory.ts";
import { LABEL } from "../../model/labels.ts";
import type { OwnedResource } from "../../ownership/owned-resource.ts";
import { type StackEnd, stacksOn } from "../../stacks/stack-on-engine.ts";
import { type RunningSandbox, sandboxesIn, sandboxesOn } from "../tables/sandbox-list.ts";
import { type PlaceName, placeName } from "../workspace/places.ts";
import {
  type ClusterWorkspace,
  type EngineWorkspace,
  isInCluster,
  type Workspace,
} from "../workspace/workspace.ts";

/** A sandbox, as `--json` prints it. */
export type ListedSandbox = PlaceName & RunningSandbox;

/** The sandboxes of all owners on a place. */
export interface SandboxListing {
  readonly sandboxes: readonly ListedSandbox[];
  /** By the place's clock. */
  readonly now: number;
}

/** The sandboxes of all owners, with the ends of their stacks. */
export function listSandboxes(workspace: Workspace): Promise<SandboxListing> {
  return isInCluster(workspace) ? listInCluster(workspace) : listOnEngine(workspace);
}

function placed(workspace: Workspace, sandboxes: readonly RunningSandbox[]): readonly ListedSandbox[] {
  return sandboxes.map((sandbox) => ({ ...placeName(workspace), ...sandbox }));
}

/** The stack's own sandboxes, which have just been brought up. */
export async function listOwnSandboxes(workspace: Workspace): Promise<readonly ListedSandbox[]> {
  const { owner } = workspace;
  if (!isInCluster(workspace)) {
    const all = placed(workspace, sandboxesOn(await readFacts(workspace.engine)));
    return all.filter((sandbox) => sandbox.owner === owner);
  }
  const [resources, services] = await Promise.all([
    workspace.place.readOwned(owner),
    readClusterServices(workspace, owner),
  ]);
  return placed(workspace, sandboxesIn(resources, services));
}

async function listOnEngine(workspace: EngineWorkspace): Promise<SandboxListing> {
  const { engine, place } = workspace;
  const [facts, resources, now] = await Promise.all([
    readFacts(engine),
    place.readOwned(),
    place.leases.now(),
  ]);
  const running = facts.containers.filter((container) => container.running && container.labels[LABEL.owner]);
  const ids = running.map(({ id }) => id);
  const memory = await readMemory(engine, ids);
  const sandboxes = sandboxesOn(facts, { ends: endsOf(resources, now), memory });
  return { sandboxes: placed(workspace, sandboxes), now };
}

async function listInCluster(workspace: ClusterWorkspace): Promise<SandboxListing> {
  const { place } = workspace;
  const [services, resources, now] = await Promise.all([
    readClusterServices(workspace),
    place.readOwned(),
    place.leases.now(),
  ]);
  return { sandboxes: placed(workspace, sandboxesIn(resources, services, endsOf(resources, now))), now };
}

function endsOf(resources: readonly OwnedResource[], now: number): ReadonlyMap<string, StackEnd> {
  return new Map(stacksOn(resources, now).map((stack) => [stack.owner, stack.ends]));
}

async function readClusterServices({ cluster }: ClusterWorkspace, owner?: string) {
  // Imported here: stacks on an engine need none of it.
  const { readServices } = await import("../../kubernetes/running-services.ts");
  return readServices(cluster, owner);
}
