import pc from "picocolors";
import type { EngineFacts, ExistingContainer } from "../engine/facts.ts";
import { LABEL } from "../sandboxes/model/labels.ts";
import { table } from "./table.ts";

/** A sandbox as an engine shows it. Plain data, for `--json` too. */
export interface RunningSandbox {
  readonly owner: string;
  readonly project: string;
  readonly stack: string;
  readonly sandbox: string;
  readonly created: string;
  readonly timeToLive: string;
  readonly networks: readonly { readonly name: string; readonly subnets: readonly string[] }[];
  readonly services: readonly RunningService[];
}

/** A service as an engine shows it. */
export interface RunningService {
  readonly service: string;
  readonly container: string;
  /** `ready`, `starting`, `unhealthy`, `stopped` or `completed`. */
  readonly state: string;
  /** Addresses on this machine's loopback, by port of the container. */
  readonly published: Readonly<Record<string, string>>;
}

/** The sandboxes that an engine's labels tell of, by project, stack and name. */
export function sandboxesOn({ networks, containers }: EngineFacts): readonly RunningSandbox[] {
  const labelled = [...networks, ...containers].filter(({ labels }) => labels[LABEL.owner] !== undefined);
  const keyOf = (labels: Readonly<Record<string, string>>) =>
    `${labels[LABEL.owner]} ${labels[LABEL.sandbox]}`;
  const byKey = new Map(labelled.map(({ labels }) => [keyOf(labels), labels]));
  return [...byKey]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, labels]) => ({
      owner: labels[LABEL.owner] ?? "",
      project: labels[LABEL.project] ?? "",
      stack: labels[LABEL.stack] ?? "",
      sandbox: labels[LABEL.sandbox] ?? "",
      created: labels[LABEL.created] ?? "",
      timeToLive: labels[LABEL.timeToLive] ?? "never",
      networks: networks
        .filter((network) => keyOf(network.labels) === key)
        .map(({ name, subnets }) => ({ name, subnets })),
      services: containers
        .filter((container) => keyOf(container.labels) === key && container.labels[LABEL.kind] === "service")
        .map(runningService)
        .sort((one, other) => (one.service < other.service ? -1 : 1)),
    }));
}

/** The sandboxes for a person: one a paragraph, a line a service. Ends with a line break; empty for none. */
export function describeSandboxes(sandboxes: readonly RunningSandbox[]): string {
  return sandboxes
    .map(({ sandbox, project, stack, created, services }) => {
      const rows = services.map(({ service, state, container, published }) => [
        service,
        coloured(state),
        Object.entries(published)
          .map(([port, address]) => `${port} → ${address}`)
          .join(", ") || "not published",
        pc.dim(container),
      ]);
      const heading = `${pc.bold(sandbox)}  ${pc.dim(`${project}/${stack}, ${ageOf(created)}`)}`;
      return `${heading}\n${table(rows, "  ")}\n`;
    })
    .join("\n");
}

function runningService(container: ExistingContainer): RunningService {
  return {
    service: container.labels[LABEL.part] ?? "",
    container: container.name,
    state: stateOf(container),
    published: Object.fromEntries(
      container.publishedPorts.map((port) => [port.container, `127.0.0.1:${port.host}`]),
    ),
  };
}

function stateOf({ running, health, exitCode }: ExistingContainer): string {
  if (!running) return exitCode === 0 ? "completed" : "stopped";
  return health === undefined || health === "healthy" ? "ready" : health;
}

function coloured(state: string): string {
  if (state === "ready" || state === "completed") return pc.green(state);
  return state === "starting" ? pc.yellow(state) : pc.red(state);
}

function ageOf(created: string): string {
  const seconds = Math.max(0, (Date.now() - Date.parse(created)) / 1000);
  if (Number.isNaN(seconds)) return "of unknown age";
  const [amount, unit] =
    seconds < 120
      ? [seconds, "s"]
      : seconds < 7200
        ? [seconds / 60, "min"]
        : seconds < 172_800
          ? [seconds / 3600, "h"]
          : [seconds / 86_400, "days"];
  return `${Math.floor(amount)} ${unit} old`;
}
