import { readFacts } from "../../docker/facts.ts";
import type { DockerHost } from "../../docker/host.ts";
import { readMemory } from "../../docker/memory.ts";
import { LABEL } from "../../model/labels.ts";
import { stacksOn } from "../../stacks/stack-on-engine.ts";
import { type RunningSandbox, sandboxesIn, sandboxesOn } from "../tables/sandbox-list.ts";
import { type PlaceName, placeName } from "../workspace/places.ts";
import { type ClusterWorkspace, isInCluster, type Workspace } from "../workspace/workspace.ts";

/** A sandbox, as `--json` prints it. */
export type ListedSandbox = PlaceName & RunningSandbox;

/** The sandboxes of all owners, with the ends of their stacks, and the time of the place's clock. */
export async function listSandboxes(
  workspace: Workspace,
): Promise<{ readonly sandboxes: readonly ListedSandbox[]; readonly now: number }> {
  const { place } = workspace;
  const [running, resources, now] = await Promise.all([
    isInCluster(workspace) ? readClusterServices(workspace) : readContainers(workspace.engine),
    place.readOwned(),
    place.leases.now(),
  ]);
  const ends = new Map(stacksOn(resources, now).map((stack) => [stack.owner, stack.ends]));
  const sandboxes =
    "facts" in running
      ? sandboxesOn(running.facts, ends, running.memory)
      : sandboxesIn(resources, running, ends);
  return { sandboxes: placed(workspace, sandboxes), now };
}

/** The stack's own sandboxes, which have just been brought up. */
export async function listOwnSandboxes(workspace: Workspace): Promise<readonly ListedSandbox[]> {
  const { owner, place } = workspace;
  if (!isInCluster(workspace)) {
    const all = placed(workspace, sandboxesOn(await readFacts(workspace.engine)));
    return all.filter((sandbox) => sandbox.owner === owner);
  }
  const [resources, services] = await Promise.all([
    place.readOwned(owner),
    readClusterServices(workspace, owner),
  ]);
  return placed(workspace, sandboxesIn(resources, services));
}

function placed(workspace: Workspace, sandboxes: readonly RunningSandbox[]): readonly ListedSandbox[] {
  return sandboxes.map((sandbox) => ({ ...placeName(workspace), ...sandbox }));
}

async function readContainers(engine: DockerHost) {
  const facts = await readFacts(engine);
  const running = facts.containers.filter((container) => container.running && container.labels[LABEL.owner]);
  const ids = running.map(({ id }) => id);
  return { facts, memory: await readMemory(engine, ids) };
}

async function readClusterServices({ cluster }: ClusterWorkspace, owner?: string) {
  // Imported here: stacks on an engine need none of it.
  const { readServices } = await import("../../kubernetes/running-services.ts");
  return readServices(cluster, owner);
}
