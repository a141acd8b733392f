import type Docker from "dockerode";
import { askDocker } from "../docker/api.ts";
import type { DockerHost } from "../docker/host.ts";
import { type ListFilters, listContainers } from "../docker/listing.ts";
import { runInContainer } from "../docker/run-in-container.ts";
import { LABEL } from "../model/labels.ts";
import type { Observed, ObservedContainer, StartTimes } from "./place.ts";

/** The containers of an engine that match all filters, but for those that are removed meanwhile. */
export async function inspectContainers(
  engine: DockerHost,
  filters: ListFilters,
): Promise<readonly Docker.ContainerInspectInfo[]> {
  const inspected = (await listContainers(engine, filters)).map(({ Id }) =>
    askDocker<Docker.ContainerInspectInfo>(engine, `/containers/${Id}/json`).catch(() => undefined),
  );
  return (await Promise.all(inspected)).filter((container) => container !== undefined);
}

/** A container of an engine, as a proof observes it. */
export function observedOnEngine(
  engine: DockerHost,
  container: Docker.ContainerInspectInfo,
  signal: AbortSignal,
): ObservedContainer {
  return {
    times: timesOf(container),
    run: async (command) => (await runInContainer(engine, container.Id, command, signal)).output,
  };
}

/** The start, first passed probe and end of a container. */
export function timesOf({ State }: Docker.ContainerInspectInfo): StartTimes {
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
  label: string,
  job: string,
  signal: AbortSignal,
): Promise<Observed> {
  const containers = await inspectContainers(engine, { label: [label] });
  return byPart(containers, job, (container) => observedOnEngine(engine, container, signal));
}

/** Containers as they are observed, by their labels. @throws without the job's */
export function byPart(
  containers: readonly Docker.ContainerInspectInfo[],
  job: string,
  observed: (container: Docker.ContainerInspectInfo) => ObservedContainer,
): Observed {
  const ofKind = (kind: string) =>
    new Map(
      containers
        .filter(({ Config }) => Config.Labels[LABEL.kind] === kind)
        .map((container) => [container.Config.Labels[LABEL.part] ?? "", observed(container)]),
    );
  const running = ofKind("job").get(job);
  if (running === undefined) throw new Error(`job ${job}: its container is gone`);
  return { job: running, services: ofKind("service") };
}
