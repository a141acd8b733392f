import { detachedNetworks } from "../../docker/detached-networks.ts";
import { type EngineFacts, readFacts } from "../../docker/facts.ts";
import type { DockerHost } from "../../docker/host.ts";
import type { DockerPlacement } from "../../docker/lowering/placement.ts";
import { readOwnedResources } from "../../docker/owned-resources.ts";
import { LABEL } from "../../model/labels.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { placementsOf } from "../stack/placements.ts";
import { renewByUse } from "../stack/stack-use.ts";
import { ownerLabel } from "../workspace/stack-owner.ts";
import type { Workspace } from "../workspace/workspace.ts";

/**
 * Renews the lease of the stack of a running sandbox. Needs the stack's lock.
 * @returns the facts of the engine after the renewal
 * @throws ConfigurationError naming the missing networks and services
 */
export async function useRunning(workspace: Workspace, plan: Plan, job: PlannedJob): Promise<EngineFacts> {
  const owner = ownerLabel(workspace.project, process.env);
  const facts = await readFacts(workspace.engine);
  requireUp(plan, job, facts, owner);
  if (!(await renewByUse(workspace))) return facts;
  const afterCleanUp = await readFacts(workspace.engine);
  requireUp(plan, job, afterCleanUp, owner);
  return afterCleanUp;
}

/** The placement of a running sandbox, with the names of its existing networks and volumes. */
export async function placeRunning(
  { project, engine }: Workspace,
  plan: Plan,
  facts: EngineFacts,
): Promise<DockerPlacement> {
  const [placement] = placementsOf(project, [plan], facts);
  if (placement === undefined) throw new RangeError(plan.sandbox);
  const owner = ownerLabel(project, process.env);
  const networks = partNames(facts.networks, owner, plan.sandbox);
  return { ...placement, existing: { networks, volumes: await volumeNames(engine, owner, plan.sandbox) } };
}

function requireUp(plan: Plan, job: PlannedJob, { networks, containers }: EngineFacts, owner: string): void {
  const existing = Object.keys(partNames(networks, owner, plan.sandbox));
  const running = containers.filter(
    ({ labels, running: isRunning }) =>
      labels[LABEL.owner] === owner && labels[LABEL.sandbox] === plan.sandbox && isRunning,
  );
  const missing = [
    ...job.networks.filter((key) => !existing.includes(key)).map((key) => `network ${key}`),
    ...plan.services
      .filter(
        ({ key, completesWithin }) =>
          completesWithin === undefined && !running.some(({ labels }) => labels[LABEL.part] === key),
      )
      .map(({ key }) => `service ${key}`),
    ...plan.services.flatMap(({ key, networks: declared }) =>
      running
        .filter(({ labels }) => labels[LABEL.part] === key)
        .flatMap((container) => detachedNetworks(container, declared, networks))
        .map((network) => `service ${key} on network ${network}`),
    ),
  ];
  if (missing.length === 0) return;
  throw new ConfigurationError(
    `sandbox "${plan.sandbox}": is not up (${missing.join(", ")} missing); run nestbox up first`,
  );
}

/** The names of a sandbox's parts on the engine, by key. */
function partNames(
  parts: EngineFacts["networks"],
  owner: string,
  sandbox: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    parts.flatMap(({ name, labels }) =>
      labels[LABEL.owner] === owner && labels[LABEL.sandbox] === sandbox
        ? [[labels[LABEL.part] ?? "", name] as const]
        : [],
    ),
  );
}

async function volumeNames(
  engine: DockerHost,
  owner: string,
  sandbox: string,
): Promise<Readonly<Record<string, string>>> {
  const owned = await readOwnedResources(engine, owner);
  return Object.fromEntries(
    owned
      .filter(({ kind, labels }) => kind === "volume" && labels[LABEL.sandbox] === sandbox)
      .map(({ name, labels }) => [labels[LABEL.part] ?? "", name]),
  );
}
