import { setTimeout as pause } from "node:timers/promises";
import type { DockerHost } from "../../docker/host.ts";
import { listContainers } from "../../docker/listing.ts";
import { spanOf } from "../../stacks/time-left.ts";
import type { StepMetadata } from "./events.ts";

/** Milliseconds between two queries for jobs. */
const INTERVAL = 1000;
/** gitlab-runner's labels on the containers of a job: https://docs.gitlab.com/runner/executors/docker/ */
const MANAGED = "com.gitlab.gitlab-runner.managed=true";
const JOB = "com.gitlab.gitlab-runner.job.id";

/**
 * The time limit, in seconds, for the jobs of a runner when its container is removed. Undefined for every
 * other step.
 */
export function drainSeconds({ op, type, old }: StepMetadata): number | undefined {
  if (type !== "docker:index/container:Container" || !/^delete(-replaced)?$/.test(op)) return undefined;
  const { labels = [], destroyGraceSeconds } = old?.inputs ?? {};
  const isRunner = labels.some(({ label, value }) => label === "nestbox.kind" && value === "runner");
  return isRunner ? destroyGraceSeconds : undefined;
}

/**
 * Reports the number of jobs that a drain waits for, whenever it changes. A failed query is repeated.
 * @param seconds the time limit of the drain
 * @returns a function that stops the reports
 */
export function watchDrain(engine: DockerHost, seconds: number, report: (text: string) => void): () => void {
  const limit = spanOf(seconds * 1000);
  const over = new AbortController();
  void (async () => {
    for (let reported = ""; !over.signal.aborted; ) {
      const text = await runningJobs(engine).then(
        (jobs) => drainText(jobs, limit),
        () => reported,
      );
      if (text !== reported && !over.signal.aborted) report(text);
      reported = text;
      await pause(INTERVAL, undefined, { signal: over.signal }).catch(() => {});
    }
  })();
  return () => over.abort();
}

function drainText(jobs: number, limit: string): string {
  if (jobs === 0) return "draining: no jobs running";
  return `draining: ${jobs === 1 ? "1 job" : `${jobs} jobs`} running, up to ${limit}`;
}

/** The number of GitLab jobs on the engine. A job has several containers. */
async function runningJobs(engine: DockerHost): Promise<number> {
  const containers = await listContainers(engine, { label: [MANAGED] }, { all: false, timeout: 5000 });
  return new Set(containers.map(({ Labels }) => Labels[JOB])).size;
}
