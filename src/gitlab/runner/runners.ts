import type Docker from "dockerode";
import { askDocker, DockerRefused } from "../../docker/api.ts";
import { readContainerFile } from "../../docker/container-file.ts";
import type { DockerHost } from "../../docker/host.ts";
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
 * The labels of job containers.
 * Source: https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/executors/docker/internal/labels/labels.go
 */
const JOB_LABEL = {
  managed: "com.gitlab.gitlab-runner.managed",
  job: "com.gitlab.gitlab-runner.job.id",
  systemId: "com.gitlab.gitlab-runner.runner.system_id",
} as const;

/** Lists the runners on an engine. One request if there are none. */
export async function readRunners(
  engine: DockerHost,
  signal?: AbortSignal,
): Promise<readonly RunnerContainer[]> {
  const containers = await list(engine, `${LABEL.kind}=runner`, signal);
  if (containers.length === 0) return [];
  const jobContainers = await list(engine, `${JOB_LABEL.managed}=true`, signal);
  const runners = await Promise.all(
    containers.map(async (container): Promise<RunnerContainer> => {
      const [systemId, complaint] = await Promise.all([
        readSystemId(engine, container.Id, signal),
        container.State === "running" ? runnerComplaint(engine, container.Id, signal) : undefined,
      ]);
      const health = /\((?:health: )?(starting|healthy|unhealthy)\)/.exec(container.Status)?.[1];
      return {
        id: container.Id,
        name: (container.Names[0] ?? container.Id).replace(/^\//, ""),
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
  return (await list(engine, `${LABEL.kind}=runner`, undefined)).some(({ Labels }) =>
    belongsTo(Labels, keeper),
  );
}

/** The stacks with a runner's volume on the engine, but without its container. */
export async function missingRunners(
  engine: DockerHost,
  keepers: readonly RunnerKeeper[],
  signal?: AbortSignal,
): Promise<readonly RunnerKeeper[]> {
  if (keepers.length === 0) return [];
  type Volumes = { readonly Volumes: readonly { readonly Labels: Labels }[] | null };
  const [containers, { Volumes }] = await Promise.all([
    list(engine, `${LABEL.kind}=runner`, signal),
    askDocker<Volumes>(engine, `/volumes?filters=${filterBy(`${LABEL.kind}=runner`)}`, { signal }),
  ]);
  const has = (labelled: readonly { readonly Labels: Labels }[], keeper: RunnerKeeper) =>
    labelled.some(({ Labels }) => belongsTo(Labels, keeper));
  return keepers.filter((keeper) => has(Volumes ?? [], keeper) && !has(containers, keeper));
}

function belongsTo(labels: Labels, { project, stack }: RunnerKeeper): boolean {
  return labels[LABEL.project] === project && labels[LABEL.stack] === stack;
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

async function list(
  engine: DockerHost,
  label: string,
  signal: AbortSignal | undefined,
): Promise<readonly Docker.ContainerInfo[]> {
  return askDocker(engine, `/containers/json?all=1&filters=${filterBy(label)}`, { signal });
}

function filterBy(label: string): string {
  return encodeURIComponent(JSON.stringify({ label: [label] }));
}
