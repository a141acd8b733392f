import { randomBytes } from "node:crypto";
import { type HeldLease, withLease } from "../../docker/lease.ts";
import { lowerJob } from "../../docker/lowering/lower-job.ts";
import { type JobEnd, runJob } from "../../docker/run-job.ts";
import { LABEL } from "../../model/labels.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { colors } from "../../terminal/colors.ts";
import { formatElapsed } from "../../terminal/progress.ts";
import { readSecrets } from "../stack/secret-values.ts";
import { withStackLock } from "../stack/stack-lock.ts";
import { isUp, ownerLabels, prolongByUse } from "../stack/stack-use.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { describeJobEnd, exitCodeOf } from "./job-end.ts";
import { jobImage } from "./job-image.ts";
import { jobVariables, type PassedVariables } from "./job-variables.ts";
import { pullJobImage } from "./pull-job-image.ts";
import { placeRunning, useRunning } from "./running-sandbox.ts";

/**
 * Runs one job against its running sandbox and prints its progress. A lease covers the job: without it, a
 * clean-up removes the job as an orphan.
 * @throws ConfigurationError if the sandbox is not up, or the job's image cannot be pulled; LeaseLost if a
 * clean-up has removed the job
 */
export function runSandboxJob(
  workspace: Workspace,
  plan: Plan,
  job: PlannedJob,
  passed: PassedVariables,
): Promise<JobEnd> {
  const request = { labels: ownerLabels(workspace), covers: "work" } as const;
  return withLease(workspace.engine, request, (lease) => runLeased(workspace, plan, job, passed, lease));
}

async function runLeased(
  workspace: Workspace,
  plan: Plan,
  job: PlannedJob,
  passed: PassedVariables,
  lease: HeldLease,
): Promise<JobEnd> {
  const { project, progress } = workspace;
  const variables = jobVariables(job, process.env, passed);
  const path = `${plan.sandbox}.jobs.${job.key}.image`;
  const image = jobImage(path, job.image, variables);
  if (image !== job.image) await pullJobImage(workspace, path, image);
  const facts = await withStackLock(workspace, () => useRunning(workspace, plan, job));
  const details = {
    id: randomBytes(3).toString("hex"),
    image,
    variables,
    labels: { [LABEL.lease]: lease.id },
  };
  const lowered = lowerJob(plan, job, await placeRunning(workspace, plan, facts), details);
  const secrets = await readSecrets(workspace, [plan]);
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  const started = performance.now();
  const name = `${plan.sandbox} ${job.key}`;
  progress.print(`${colors.cyan("▶")} ${name}`);
  try {
    const { stdout, stderr } = process;
    const end = await runJob({
      engine: workspace.engine,
      job: lowered,
      secrets,
      projectFolder: project.folder,
      stdout,
      stderr,
      signal: AbortSignal.any([interrupted.signal, lease.lost]),
      // The stack may have been removed during the job.
      beforeRemoval: async () => (await isUp(workspace)) && prolongByUse(workspace),
      warn: (message) => progress.print(`${colors.yellow("!")} ${name}: ${message}`),
    })
      // Whoever took the lease has removed the job: its exit code says nothing.
      .finally(lease.confirm);
    const mark = exitCodeOf(end) === 0 ? colors.green("✓") : colors.red("✗");
    const elapsed = formatElapsed(performance.now() - started).padStart(7);
    progress.print(`${mark} ${name.padEnd(28)}  ${elapsed}  ${describeJobEnd(end, job)}`);
    return end;
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}
