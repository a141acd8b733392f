import { askDocker } from "../docker/api.ts";
import type { DockerHost } from "../docker/host.ts";
import { runInContainer } from "../docker/run-in-container.ts";
import { LABEL } from "../model/labels.ts";
import type { Observed, ObservedContainer, StartTimes } from "./place.ts";

/** A container as `docker inspect` describes it. */
export interface InspectedContainer {
  readonly Id: string;
  readonly Name: string;
  readonly Config: { readonly Hostname: string; readonly Labels: Readonly<Record<string, string>> };
  readonly State: {
    readonly StartedAt: string;
    readonly FinishedAt: string;
    readonly Running: boolean;
    readonly Health?: {
      readonly Log: readonly { readonly End: string; readonly ExitCode: number }[] | null;
    };
  };
  readonly Mounts: readonly { readonly Name?: string }[];
  readonly NetworkSettings: {
    readonly Networks: Readonly<Record<string, { readonly Aliases: readonly string[] | null }>>;
  };
}

/** Containers with a label, or with a mount at a path. */
export type EngineFilter = { readonly label: string } | { readonly volume: string };

/** The containers of an engine with a label, or with a mount at a path. */
export async function inspectContainers(
  engine: DockerHost,
  filters: EngineFilter,
): Promise<readonly InspectedContainer[]> {
  const query = Object.fromEntries(Object.entries(filters).map(([name, value]) => [name, [value]]));
  const path = `/containers/json?all=1&filters=${encodeURIComponent(JSON.stringify(query))}`;
  const found = await askDocker<readonly { readonly Id: string }[]>(engine, path);
  const inspected = found.map(({ Id }) =>
    askDocker<InspectedContainer>(engine, `/containers/${Id}/json`).catch(() => undefined),
  );
  return (await Promise.all(inspected)).flatMap((container) => container ?? []);
}

/** A container of an engine, as a proof observes it. */
export function observedOnEngine(
  engine: DockerHost,
  container: InspectedContainer,
  signal: AbortSignal,
): ObservedContainer {
  return {
    times: timesOf(container),
    run: async (command) => (await runInContainer(engine, container.Id, command, signal)).output,
  };
}

/** The start, first passed probe and end of a container. */
export function timesOf({ State }: InspectedContainer): StartTimes {
  // The engine keeps the last five probes, and probes rarely once one has passed.
  const log = State.Health?.Log ?? [];
  const lastFailure = log.findLastIndex(({ ExitCode }) => ExitCode !== 0);
  const passed = log[lastFailure + 1];
  return {
    started: Date.parse(State.StartedAt),
    ...(passed && { ready: Date.parse(passed.End) }),
    ...(!State.Running && { ended: Date.parse(State.FinishedAt) }),
  };
}

/** The containers of services and of a job that have Nestbox's labels. */
export async function observedByPart(
  engine: DockerHost,
  filters: EngineFilter,
  job: string,
  signal: AbortSignal,
): Promise<Observed> {
  const containers = await inspectContainers(engine, filters);
  return byPart(containers, job, (container) => observedOnEngine(engine, container, signal));
}

/** Containers as they are observed, by their labels. @throws without the job's */
export function byPart(
  containers: readonly InspectedContainer[],
  job: string,
  observed: (container: InspectedContainer) => ObservedContainer,
): Observed {
  const ofKind = (kind: string) =>
    containers.flatMap((container) => {
      const { Labels } = container.Config;
      if (Labels[LABEL.kind] !== kind) return [];
      return [[Labels[LABEL.part] ?? "", observed(container)] as const];
    });
  const running = new Map(ofKind("job")).get(job);
  if (running === undefined) throw new Error(`job ${job}: its container is gone`);
  return { job: running, services: new Map(ofKind("service")) };
}
