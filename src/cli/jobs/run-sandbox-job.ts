import { randomBytes } from "node:crypto";
import { lowerJob } from "../../docker/lowering/lower-job.ts";
import { type JobEnd, runJob } from "../../docker/run-job.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { colors } from "../../terminal/colors.ts";
import { formatElapsed } from "../../terminal/progress.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { describeJobEnd, exitCodeOf } from "./job-end.ts";
import { jobImage } from "./job-image.ts";
import type { JobSite, WithSite } from "./job-site.ts";
import { jobVariables, type PassedVariables } from "./job-variables.ts";
import { pullJobImage } from "./pull-job-image.ts";

/**
 * Runs one job against its running sandbox and prints its progress.
 * @throws ConfigurationError if the sandbox is not up, or the job's image cannot be pulled; LeaseLost if
 * another process has removed the job
 */
export async function runSandboxJob(
  workspace: Workspace,
  plan: Plan,
  job: PlannedJob,
  passed: PassedVariables,
  withSite: WithSite,
): Promise<JobEnd> {
  const variables = jobVariables(job, process.env, passed);
  const path = `${plan.sandbox}.jobs.${job.key}.image`;
  const image = jobImage(path, job.image, variables);
  if (image !== job.image) await pullJobImage(workspace, path, image);
  return withSite(job.networks, (site) => runAt(site, workspace, plan, job, { image, variables }));
}

async function runAt(
  { placement, labels, secrets, lost, confirm, interrupted, beforeRemoval }: JobSite,
  { engine, project, progress }: Workspace,
  plan: Plan,
  job: PlannedJob,
  details: { readonly image: string; readonly variables: Readonly<Record<string, string>> },
): Promise<JobEnd> {
  const id = randomBytes(3).toString("hex");
  const ownInterruption = new AbortController();
  const interrupt = () => ownInterruption.abort();
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  const started = performance.now();
  const name = `${plan.sandbox} ${job.key}`;
  progress.print(`${colors.cyan("▶")} ${name}`);
  try {
    const { stdout, stderr } = process;
    const end = await runJob({
      engine,
      job: lowerJob(plan, job, placement, { ...details, id, labels }),
      secrets,
      projectFolder: project.folder,
      stdout,
      stderr,
      signal: AbortSignal.any([ownInterruption.signal, lost, ...(interrupted ? [interrupted] : [])]),
      ...(beforeRemoval && { beforeRemoval }),
      warn: (message) => progress.print(`${colors.yellow("!")} ${name}: ${message}`),
    })
      // Whoever took the lease has removed the job: its exit code says nothing.
      .finally(confirm);
    const mark = exitCodeOf(end) === 0 ? colors.green("✓") : colors.red("✗");
    const elapsed = formatElapsed(performance.now() - started).padStart(7);
    progress.print(`${mark} ${name.padEnd(28)}  ${elapsed}  ${describeJobEnd(end, job)}`);
    return end;
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}
