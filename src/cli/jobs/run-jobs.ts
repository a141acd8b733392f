import { randomBytes } from "node:crypto";
import { isActive } from "../../model/plan/active.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { readVariablesFile } from "../../model/plan/variables-file.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { JobEnd } from "../../running/job-end.ts";
import { colors } from "../../terminal/colors.ts";
import { type Progress, stepLine } from "../../terminal/progress.ts";
import { EXIT_INTERRUPTED, EXIT_TIMED_OUT } from "../exit-codes.ts";
import { jobOrder } from "./job-order.ts";
import type { JobSite, WithSite } from "./job-site.ts";
import { jobImage, jobVariables, requirePredefined, type Variables } from "./job-variables.ts";
import { warnOfStoppedServices } from "./warn-of-stopped-services.ts";

/** The active jobs of a sandbox in their order. Prints those that are skipped. */
export function activeJobs(progress: Progress, plan: Plan): readonly PlannedJob[] {
  for (const job of plan.jobs.filter((candidate) => !isActive(candidate, plan.profiles))) {
    progress.print(
      `… ${plan.sandbox} ${job.key}: skipped; profile ${job.profiles.join(" or ")} is not active`,
    );
  }
  return jobOrder(plan.jobs).filter((job) => isActive(job, plan.profiles));
}

/**
 * Runs jobs of a sandbox one after the other, until one fails. Prints their progress.
 * @returns the exit code of the failed job, otherwise 0
 * @throws ConfigurationError if the sandbox is not up, the image of a job cannot be pulled, or its file of
 * variables is not there; LeaseLost if another process has removed a job
 */
export async function runJobs(
  progress: Progress,
  plan: Plan,
  jobs: readonly PlannedJob[],
  withSite: WithSite,
): Promise<number> {
  requirePredefined(plan, jobs, process.env);
  const passed = new Map<string, Variables>();
  for (const job of jobs) {
    const place = `${plan.sandbox}.jobs.${job.key}`;
    const variables = jobVariables(job, process.env, passed);
    const image = jobImage(`${place}.image`, job.image, variables);
    const end = await withSite(job.networks, async (site) => {
      if (image !== job.image) await site.provideImage(`${place}.image`, image);
      const ended = await runAt(site, progress, `${plan.sandbox} ${job.key}`, job, { image, variables });
      if (ended.kind !== "interrupted" && exitCodeOf(ended) !== 0)
        await warnOfStoppedServices(progress, plan, site);
      return ended;
    });
    const exitCode = exitCodeOf(end);
    if (exitCode !== 0) return exitCode;
    if (job.variablesFile !== undefined)
      passed.set(job.key, variablesOf(`${place}.variablesFile`, job.variablesFile, end));
  }
  return 0;
}

/** Runs a job in a site and prints its start and end. */
async function runAt(
  { lost, confirm, interrupted, runJob }: JobSite,
  progress: Progress,
  name: string,
  job: PlannedJob,
  details: { readonly image: string; readonly variables: Variables },
): Promise<JobEnd> {
  const ownInterruption = new AbortController();
  const interrupt = () => ownInterruption.abort();
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  const started = performance.now();
  progress.print(`${colors.cyan("▶")} ${name}`);
  try {
    const end = await runJob(job, {
      ...details,
      id: randomBytes(3).toString("hex"),
      signal: AbortSignal.any([ownInterruption.signal, lost, ...(interrupted ? [interrupted] : [])]),
      warn: (message) => progress.warn(`${name}: ${message}`),
    })
      // Whoever took the lease has removed the job: its exit code says nothing.
      .finally(confirm);
    const mark = exitCodeOf(end) === 0 ? colors.green("✓") : colors.red("✗");
    progress.print(`${mark} ${stepLine(name, started, describeJobEnd(end, job))}`);
    return end;
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

/** @throws ConfigurationError for a file that is missing or that GitLab would refuse */
function variablesOf(path: string, file: string, end: JobEnd): Variables {
  const content = end.kind === "exited" ? end.variables : undefined;
  if (content !== undefined) return readVariablesFile(path, content);
  throw new ConfigurationError(
    `${path}: the job did not write the file; write it to "$CI_PROJECT_DIR/${file}"`,
  );
}

/** The exit code of `nestbox run` for the end of a job. */
function exitCodeOf(end: JobEnd): number {
  if (end.kind === "exited") return end.exitCode;
  return end.kind === "interrupted" ? EXIT_INTERRUPTED : EXIT_TIMED_OUT;
}

/** The end of a job in words, with a remedy for a timeout. */
function describeJobEnd(end: JobEnd, job: PlannedJob): string {
  if (end.kind === "interrupted") return "interrupted";
  if (end.kind === "timed out")
    return `took longer than ${job.timeout}; raise its timeout or shorten the job`;
  return end.exitCode === 0 ? "passed" : `failed with exit code ${end.exitCode}`;
}
