import { detachedNetworks } from "../../docker/detached-networks.ts";
import { type EngineFacts, readFacts } from "../../docker/facts.ts";
import type { DockerHost } from "../../docker/host.ts";
import type { DockerPlacement } from "../../docker/lowering/placement.ts";
import { readOwnedResources } from "../../docker/owned-resources.ts";
import { type ComponentIdentity, isPartOf, LABEL } from "../../model/labels.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { placementsOf } from "../stack/placements.ts";
import { runningComponent } from "../stack/running-component.ts";
import { renewByUse } from "../stack/stack-use.ts";
import type { EngineWorkspace } from "../workspace/workspace.ts";

/** A sandbox of a stack. */
export interface SandboxChoice {
  readonly plan: Plan;
  /** The component that has it. @default the one that is named after it, else the only one */
  readonly component?: string | undefined;
}

/** A sandbox that is up, and the component that has it. */
interface RunningSandbox {
  readonly plan: Plan;
  readonly facts: EngineFacts;
  readonly identity: ComponentIdentity;
}

/**
 * Renews the lease of the stack of a running sandbox. Needs the stack's lock.
 * @param networks the keys of the networks that are about to be used
 * @returns the sandbox after the renewal
 * @throws ConfigurationError naming the missing networks and services, or the component to choose
 */
export async function useRunning(
  workspace: EngineWorkspace,
  { plan, component }: SandboxChoice,
  networks: readonly string[],
): Promise<RunningSandbox> {
  const { owner, engine } = workspace;
  const read = async () => {
    const facts = await readFacts(engine);
    const identity = runningComponent(
      plan.sandbox,
      [...facts.networks, ...facts.containers],
      owner,
      component,
    );
    requireUp(plan, networks, facts, identity);
    return { plan, facts, identity };
  };
  const running = await read();
  return (await renewByUse(workspace)) ? read() : running;
}

/** The placement of a running sandbox, with the names of its existing networks and volumes. */
export async function placeRunning(
  { project, engine }: EngineWorkspace,
  { plan, facts, identity }: RunningSandbox,
): Promise<DockerPlacement> {
  const [placement] = placementsOf(project, [{ component: identity.component, plan }], facts);
  if (placement === undefined) throw new RangeError(plan.sandbox);
  const networks = partNames(facts.networks, identity);
  return { ...placement, existing: { networks, volumes: await volumeNames(engine, identity) } };
}

function requireUp(
  plan: Plan,
  wanted: readonly string[],
  { networks, containers }: EngineFacts,
  identity: ComponentIdentity,
): void {
  const existing = Object.keys(partNames(networks, identity));
  const running = containers.filter(
    ({ labels, running: isRunning }) => isPartOf(identity, labels) && isRunning,
  );
  const missing = [
    ...wanted.filter((key) => !existing.includes(key)).map((key) => `network ${key}`),
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

/** The names of a component's networks on the engine, by key. */
function partNames(
  networks: EngineFacts["networks"],
  identity: ComponentIdentity,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    networks.flatMap(({ name, labels }) =>
      isPartOf(identity, labels) ? [[labels[LABEL.part] ?? "", name] as const] : [],
    ),
  );
}

async function volumeNames(
  engine: DockerHost,
  identity: ComponentIdentity,
): Promise<Readonly<Record<string, string>>> {
  const owned = await readOwnedResources(engine, identity.owner);
  return Object.fromEntries(
    owned
      .filter(({ kind, labels }) => kind === "volume" && isPartOf(identity, labels))
      .map(({ name, labels }) => [labels[LABEL.part] ?? "", name]),
  );
}
