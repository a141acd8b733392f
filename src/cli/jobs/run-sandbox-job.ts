import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import type { JobEnd } from "../../running/job-end.ts";
import { colors } from "../../terminal/colors.ts";
import { formatElapsed, type Progress } from "../../terminal/progress.ts";
import { describeJobEnd, exitCodeOf } from "./job-end.ts";
import { jobImage } from "./job-image.ts";
import type { JobSite, WithSite } from "./job-site.ts";
import { jobVariables, type PassedVariables } from "./job-variables.ts";
import { warnOfStoppedServices } from "./warn-of-stopped-services.ts";

/**
 * Runs one job against its running sandbox and prints its progress.
 * @throws ConfigurationError if the sandbox is not up, or the job's image cannot be pulled; LeaseLost if
 * another process has removed the job
 */
export async function runSandboxJob(
  progress: Progress,
  plan: Plan,
  job: PlannedJob,
  passed: PassedVariables,
  withSite: WithSite,
): Promise<JobEnd> {
  const variables = jobVariables(job, process.env, passed);
  const path = `${plan.sandbox}.jobs.${job.key}.image`;
  const image = jobImage(path, job.image, variables);
  return withSite(job.networks, async (site) => {
    if (image !== job.image) await site.provideImage(path, image);
    return runAt(site, progress, plan, job, { image, variables });
  });
}

async function runAt(
  site: JobSite,
  progress: Progress,
  plan: Plan,
  job: PlannedJob,
  details: { readonly image: string; readonly variables: Readonly<Record<string, string>> },
): Promise<JobEnd> {
  const { lost, confirm, interrupted, runJob } = site;
  const ownInterruption = new AbortController();
  const interrupt = () => ownInterruption.abort();
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  const started = performance.now();
  const name = `${plan.sandbox} ${job.key}`;
  progress.print(`${colors.cyan("▶")} ${name}`);
  try {
    const end = await runJob(job, {
      ...details,
      signal: AbortSignal.any([ownInterruption.signal, lost, ...(interrupted ? [interrupted] : [])]),
      warn: (message) => progress.warn(`${name}: ${message}`),
    })
      // Whoever took the lease has removed the job: its exit code says nothing.
      .finally(confirm);
    const mark = exitCodeOf(end) === 0 ? colors.green("✓") : colors.red("✗");
    const elapsed = formatElapsed(performance.now() - started).padStart(7);
    progress.print(`${mark} ${name.padEnd(28)}  ${elapsed}  ${describeJobEnd(end, job)}`);
    if (exitCodeOf(end) !== 0 && end.kind !== "interrupted")
      await warnOfStoppedServices(progress, plan.sandbox, site);
    return end;
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}
