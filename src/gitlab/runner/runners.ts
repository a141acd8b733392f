import type Docker from "dockerode";
import { DockerRefused } from "../../docker/api.ts";
import { readContainerFile } from "../../docker/container-file.ts";
import type { DockerHost } from "../../docker/host.ts";
import { containerName, listContainers, listVolumes } from "../../docker/listing.ts";
import { LABEL, type Labels } from "../../model/labels.ts";
import { runnerComplaint } from "./runner-complaint.ts";

/** A gitlab-runner container of any Nestbox project. */
export interface RunnerContainer {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly stack: string;
  /** The creation time, in milliseconds since 1970. */
  readonly created: number;
  /** Docker's state: `running`, `restarting`, `paused`, `exited` … */
  readonly state: string;
  /** Undefined without a healthcheck. */
  readonly health?: "starting" | "healthy" | "unhealthy";
  /** The number of running jobs; undefined before its first start, without a system ID. */
  readonly jobs?: number;
  /** The reason why it currently gets no jobs, from its log. Undefined without one, or while not running. */
  readonly complaint?: string;
}

/** The folder of gitlab-runner's configuration and system ID. */
export const RUNNER_FOLDER = "/etc/gitlab-runner";

/**
 * The labels of a job's containers. Its network also has the first one.
 * Source: https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/executors/docker/internal/labels/labels.go
 */
export const JOB_LABEL = {
  managed: "com.gitlab.gitlab-runner.managed",
  job: "com.gitlab.gitlab-runner.job.id",
  systemId: "com.gitlab.gitlab-runner.runner.system_id",
} as const;

/** What containers and volumes of runners have. */
const RUNNERS = { label: [`${LABEL.kind}=runner`] };

/** Lists the runners on an engine. One request if there are none. */
export async function readRunners(
  engine: DockerHost,
  signal?: AbortSignal,
): Promise<readonly RunnerContainer[]> {
  const containers = await listContainers(engine, RUNNERS, { signal });
  if (containers.length === 0) return [];
  const managed = { label: [`${JOB_LABEL.managed}=true`] };
  const jobContainers = await listContainers(engine, managed, { signal });
  const runners = await Promise.all(
    containers.map(async (container): Promise<RunnerContainer> => {
      const [systemId, complaint] = await Promise.all([
        readSystemId(engine, container.Id, signal),
        container.State === "running" ? runnerComplaint(engine, container.Id, signal) : undefined,
      ]);
      const health = /\((?:health: )?(starting|healthy|unhealthy)\)/.exec(container.Status)?.[1];
      return {
        id: container.Id,
        name: containerName(container),
        project: container.Labels[LABEL.project] ?? "",
        stack: container.Labels[LABEL.stack] ?? "",
        created: container.Created * 1000,
        state: container.State,
        ...(health !== undefined && { health: health as "starting" | "healthy" | "unhealthy" }),
        ...(systemId !== undefined && { jobs: countJobs(jobContainers, systemId) }),
        ...(complaint !== undefined && { complaint }),
      };
    }),
  );
  return runners.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** A stack with a configured runner. */
export interface RunnerKeeper {
  readonly project: string;
  readonly stack: string;
}

/** Whether a stack's runner has a container on the engine, in any state. */
export async function hasRunner(engine: DockerHost, keeper: RunnerKeeper): Promise<boolean> {
  return hasOneOf(keeper, await listContainers(engine, RUNNERS));
}

/** The stacks with a runner's volume on the engine, but without its container. */
export async function missingRunners(
  engine: DockerHost,
  keepers: readonly RunnerKeeper[],
  signal?: AbortSignal,
): Promise<readonly RunnerKeeper[]> {
  if (keepers.length === 0) return [];
  const [containers, volumes] = await Promise.all([
    listContainers(engine, RUNNERS, { signal }),
    listVolumes(engine, RUNNERS, signal),
  ]);
  return keepers.filter((keeper) => hasOneOf(keeper, volumes) && !hasOneOf(keeper, containers));
}

function hasOneOf(
  { project, stack }: RunnerKeeper,
  labelled: readonly { readonly Labels: Labels | null }[],
): boolean {
  return labelled.some(({ Labels }) => Labels?.[LABEL.project] === project && Labels[LABEL.stack] === stack);
}

/**
 * The system ID of a runner's container, by which GitLab distinguishes runner managers. Undefined before the
 * first start.
 */
export async function readSystemId(
  engine: DockerHost,
  container: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    const systemId = await readContainerFile(engine, container, `${RUNNER_FOLDER}/.runner_system_id`, signal);
    return systemId?.trim() || undefined;
  } catch (error) {
    // A container that is being removed must not fail the whole list.
    if (error instanceof DockerRefused) return undefined;
    throw error;
  }
}

/** A job has several containers: its main one, services and helpers. */
function countJobs(containers: readonly Docker.ContainerInfo[], systemId: string): number {
  const own = containers.filter(
    ({ State, Labels }) => State === "running" && Labels[JOB_LABEL.systemId] === systemId,
  );
  return new Set(own.map(({ Labels }) => Labels[JOB_LABEL.job])).size;
}
