import { LABEL, type Labels } from "../../model/labels.ts";
import type { ListedSandbox, ListedService } from "../../sandbox/listed-sandbox.ts";
import { type EngineFacts, type ExistingContainer, readFacts } from "../facts.ts";
import type { DockerHost } from "../host.ts";
import { readMemory } from "../memory.ts";

/**
 * The sandboxes on an engine, ordered by owner and name. Memory is read for those of all owners.
 * @param owner default: all owners
 */
export async function listOnEngine(engine: DockerHost, owner?: string): Promise<readonly ListedSandbox[]> {
  const facts = await readFacts(engine);
  if (owner !== undefined) return listedSandboxes(facts).filter((sandbox) => sandbox.owner === owner);
  const running = facts.containers.filter((container) => container.running && container.labels[LABEL.owner]);
  const memory = await readMemory(
    engine,
    running.map(({ id }) => id),
  );
  return listedSandboxes(facts, memory);
}

/**
 * The sandboxes in the facts about an engine, by their labels alone.
 * @param memory use of the containers, in bytes, by id
 */
export function listedSandboxes(
  { networks, containers }: EngineFacts,
  memory?: ReadonlyMap<string, number>,
): readonly ListedSandbox[] {
  const labelled = [...networks, ...containers].filter(({ labels }) => labels[LABEL.owner] !== undefined);
  const keyOf = (labels: Labels) => `${labels[LABEL.owner]} ${labels[LABEL.component]}`;
  const byKey = new Map(labelled.map(({ labels }) => [keyOf(labels), labels]));
  return [...byKey]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, labels]) => ({
      ...identityIn(labels),
      networks: networks
        .filter((network) => keyOf(network.labels) === key)
        .map(({ name, subnets }) => ({ name, subnets })),
      services: containers
        .filter((container) => keyOf(container.labels) === key && container.labels[LABEL.kind] === "service")
        .map((container) => listedService(container, memory?.get(container.id)))
        .sort((one, other) => (one.service < other.service ? -1 : 1)),
    }));
}

function identityIn(labels: Labels): Omit<ListedSandbox, "networks" | "services"> {
  return {
    owner: labels[LABEL.owner] ?? "",
    project: labels[LABEL.project] ?? "",
    stack: labels[LABEL.stack] ?? "",
    ...(labels[LABEL.branch] !== undefined && { branch: labels[LABEL.branch] }),
    sandbox: labels[LABEL.sandbox] ?? "",
    component: labels[LABEL.component] ?? labels[LABEL.sandbox] ?? "",
    created: labels[LABEL.created] ?? "",
    timeToLive: labels[LABEL.timeToLive] ?? "never",
  };
}

function listedService(container: ExistingContainer, memoryBytes: number | undefined): ListedService {
  return {
    service: container.labels[LABEL.part] ?? "",
    container: container.name,
    state: stateOf(container),
    published: Object.fromEntries(
      container.publishedPorts.map((port) => [port.container, `${port.address}:${port.host}`]),
    ),
    ...(memoryBytes !== undefined && { memoryBytes }),
  };
}

function stateOf({ running, health, exitCode, labels }: ExistingContainer): string {
  if (labels[LABEL.runsOnce]) {
    if (running) return "running";
    return exitCode === 0 ? "completed" : "failed";
  }
  if (!running) return "stopped";
  return health === undefined || health === "healthy" ? "ready" : health;
}
