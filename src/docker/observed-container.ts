import type Docker from "dockerode";
import { LABEL } from "../model/labels.ts";
import type { Observed, ObservedContainer } from "../sandbox/proof-target.ts";
import { containerTimes } from "./container-times.ts";
import type { DockerHost } from "./host.ts";
import { inspectContainers } from "./inspect-containers.ts";
import { runInContainer } from "./run-in-container.ts";

/** A container of an engine, as a proof observes it. */
export function observedOnEngine(
  engine: DockerHost,
  container: Docker.ContainerInspectInfo,
  signal: AbortSignal,
): ObservedContainer {
  return {
    times: containerTimes(container),
    run: async (command) => (await runInContainer(engine, container.Id, command, signal)).output,
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
