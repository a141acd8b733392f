import { askDocker } from "../../docker/api.ts";
import type { DockerHost } from "../../docker/host.ts";
import { spanOf } from "../tables/time-left.ts";
import type { StepMetadata } from "./events.ts";

/** Milliseconds between two looks at the jobs. */
const PAUSE = 1000;
/** What gitlab-runner puts on the containers of a job: https://docs.gitlab.com/runner/executors/docker/ */
const MANAGED = "com.gitlab.gitlab-runner.managed=true";
const JOB = "com.gitlab.gitlab-runner.job.id";

/**
 * How long, in seconds, the container of a runner may take to end for its jobs; undefined for whatever is no
 * such end.
 */
export function drainSeconds({ op, type, old }: StepMetadata): number | undefined {
  if (type !== "docker:index/container:Container" || !/^delete(-replaced)?$/.test(op)) return undefined;
  const { labels = [], destroyGraceSeconds } = old?.inputs ?? {};
  const isRunner = labels.some(({ label, value }) => label === "nestbox.kind" && value === "runner");
  return isRunner ? destroyGraceSeconds : undefined;
}

/**
 * Tells, each time that it has changed, how many jobs a drain still waits for. An engine that does not answer
 * is waited for too.
 * @param seconds how long the drain may take
 * @returns ends the telling
 */
export function watchDrain(engine: DockerHost, seconds: number, tell: (text: string) => void): () => void {
  const limit = spanOf(seconds * 1000);
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  let told = "";
  const look = async () => {
    const jobs = await runningJobs(engine).catch(() => undefined);
    if (isOver) return;
    const text = jobs === undefined ? told : drainText(jobs, limit);
    if (text !== told) tell(text);
    told = text;
    timer = setTimeout(look, PAUSE);
  };
  void look();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

function drainText(jobs: number, limit: string): string {
  if (jobs === 0) return "draining: no job runs any more";
  return `draining: ${jobs === 1 ? "1 job still runs" : `${jobs} jobs still run`}, up to ${limit}`;
}

/** How many jobs of GitLab run on the engine; a job has several containers. */
async function runningJobs(engine: DockerHost): Promise<number> {
  const filters = encodeURIComponent(JSON.stringify({ label: [MANAGED] }));
  const path = `/containers/json?filters=${filters}`;
  const containers = await askDocker<readonly { readonly Labels: Readonly<Record<string, string>> }[]>(
    engine,
    path,
    { timeout: 5000 },
  );
  return new Set(containers.map(({ Labels }) => Labels[JOB])).size;
}
