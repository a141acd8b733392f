import type { EngineFacts, ExistingContainer } from "../../docker/facts.ts";
import type { ServiceInCluster } from "../../kubernetes/running-services.ts";
import { LABEL, type Labels } from "../../model/labels.ts";
import type { OwnedResource } from "../../ownership/owned-resource.ts";
import type { Ownership } from "../../ownership/ownership.ts";
import type { StackEnd } from "../../stacks/stack-on-engine.ts";
import { colors } from "../../terminal/colors.ts";
import { table } from "./table.ts";
import { describeEnd, spanOf } from "./time-left.ts";

/** A sandbox on an engine or in a cluster, as `nestbox ls --json` prints it. */
export interface RunningSandbox extends Omit<Ownership, "timeToLive"> {
  readonly sandbox: string;
  /** In a program of one's own it may have another name. */
  readonly component: string;
  readonly timeToLive: string;
  /**
   * End of its stack: ISO 8601, `never`, `unreadable`, or `command` for a sandbox that ends with the command
   * that started it. Absent if it was not read.
   */
  readonly ends?: string;
  /** Empty in a cluster. */
  readonly networks: readonly { readonly name: string; readonly subnets: readonly string[] }[];
  /** Absent on an engine. */
  readonly namespace?: string;
  readonly services: readonly RunningService[];
}

/** A service on an engine or in a cluster. */
export interface RunningService {
  readonly service: string;
  /** The container, or the pod. */
  readonly container: string;
  /**
   * `ready`, `starting`, `unhealthy` or `stopped`; for a service that runs once `running`, `completed` or
   * `failed`.
   */
  readonly state: string;
  /** Addresses on the engine's loopback interface, by port of the container. Empty in a cluster. */
  readonly published: Readonly<Record<string, string>>;
  /** Current memory use, in bytes. Absent if it was not read, and for a stopped service. */
  readonly memoryBytes?: number;
}

/**
 * The sandboxes on an engine, read from labels alone and ordered by owner and name.
 * @param ends of the stacks, by owner
 * @param memory use of the containers, in bytes, by id
 */
export function sandboxesOn(
  { networks, containers }: EngineFacts,
  ends?: ReadonlyMap<string, StackEnd>,
  memory?: ReadonlyMap<string, number>,
): readonly RunningSandbox[] {
  const labelled = [...networks, ...containers].filter(({ labels }) => labels[LABEL.owner] !== undefined);
  const keyOf = (labels: Labels) => `${labels[LABEL.owner]} ${labels[LABEL.component]}`;
  const byKey = new Map(labelled.map(({ labels }) => [keyOf(labels), labels]));
  return [...byKey]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, labels]) => ({
      ...identityIn(labels, ends),
      networks: networks
        .filter((network) => keyOf(network.labels) === key)
        .map(({ name, subnets }) => ({ name, subnets })),
      services: containers
        .filter((container) => keyOf(container.labels) === key && container.labels[LABEL.kind] === "service")
        .map((container) => runningService(container, memory?.get(container.id)))
        .sort(byName),
    }));
}

/** The sandboxes in a cluster: a namespace each. */
export function sandboxesIn(
  resources: readonly OwnedResource[],
  services: readonly ServiceInCluster[],
  ends?: ReadonlyMap<string, StackEnd>,
): readonly RunningSandbox[] {
  return resources
    .filter(({ kind }) => kind === "namespace")
    .map(({ name, labels }) => ({
      ...identityIn(labels, ends),
      ...{ namespace: name, networks: [] },
      services: services
        .filter(({ namespace }) => namespace === name)
        .map(({ service, pod = "", state }) => ({ service, container: pod, state, published: {} }))
        .sort(byName),
    }))
    .sort((one, other) => (`${one.owner} ${one.component}` < `${other.owner} ${other.component}` ? -1 : 1));
}

function byName(one: RunningService, other: RunningService): number {
  return one.service < other.service ? -1 : 1;
}

function identityIn(
  labels: Labels,
  stackEnds: ReadonlyMap<string, StackEnd> | undefined,
): Omit<RunningSandbox, "networks" | "services"> {
  const owner = labels[LABEL.owner] ?? "";
  const ends = stackEnds?.get(owner);
  return {
    owner,
    project: labels[LABEL.project] ?? "",
    stack: labels[LABEL.stack] ?? "",
    ...(labels[LABEL.branch] !== undefined && { branch: labels[LABEL.branch] }),
    sandbox: labels[LABEL.sandbox] ?? "",
    component: labels[LABEL.component] ?? labels[LABEL.sandbox] ?? "",
    created: labels[LABEL.created] ?? "",
    timeToLive: labels[LABEL.timeToLive] ?? "never",
    ...(ends !== undefined && { ends: typeof ends === "number" ? new Date(ends).toISOString() : ends }),
  };
}

/**
 * The sandboxes as text, a line a service. Ends with a line break; empty without sandboxes.
 * @param place where they are, in a list of several places
 */
export function describeSandboxes(
  sandboxes: readonly RunningSandbox[],
  now = Date.now(),
  place?: string,
): string {
  return sandboxes
    .map(({ sandbox, component, project, stack, branch, created, ends, namespace, services }) => {
      const rows = services.map(({ service, state, container, published, memoryBytes }) => [
        service,
        coloured(state),
        ...(memoryBytes === undefined ? [] : [`${Math.ceil(memoryBytes / 1024 ** 2)} MiB`]),
        ...(namespace === undefined ? [describePublished(published)] : []),
        colors.dim(container),
      ]);
      const facts = [
        ...(component === sandbox ? [] : [component]),
        `${project}/${stack}`,
        ...(branch === undefined ? [] : [`branch ${branch}`]),
        ...(place === undefined ? [] : [place]),
        ...(namespace === undefined ? [] : [`namespace ${namespace}`]),
        ageOf(created, now),
        ...(ends === undefined ? [] : [describeEnd(parsedEnd(ends), now)]),
      ];
      const heading = `${colors.bold(sandbox)}  ${colors.dim(facts.join(", "))}`;
      return `${heading}\n${table(rows, "  ")}\n`;
    })
    .join("\n");
}

function describePublished(published: RunningService["published"]): string {
  const ports = Object.entries(published).map(([port, address]) => `${port} → ${address}`);
  return ports.join(", ") || "not published";
}

function runningService(container: ExistingContainer, memoryBytes: number | undefined): RunningService {
  return {
    service: container.labels[LABEL.part] ?? "",
    container: container.name,
    state: stateOf(container),
    published: Object.fromEntries(
      container.publishedPorts.map((port) => [port.container, `127.0.0.1:${port.host}`]),
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

function coloured(state: string): string {
  if (state === "ready" || state === "completed") return colors.green(state);
  return state === "starting" || state === "running" ? colors.yellow(state) : colors.red(state);
}

function parsedEnd(ends: string): StackEnd {
  return ends === "never" || ends === "unreadable" || ends === "command" ? ends : Date.parse(ends);
}

function ageOf(created: string, now: number): string {
  const age = now - Date.parse(created);
  return Number.isNaN(age) ? "age unknown" : `${spanOf(age)} old`;
}
