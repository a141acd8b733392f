import { type StartedSandbox, startSandbox } from "../../docker/direct/start-sandbox.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { placeNetworkFrom } from "../../stacks/place-network-from.ts";
import { colors } from "../../terminal/colors.ts";
import { removeAbandonedSandboxes } from "../clean-up/remove-abandoned-sandboxes.ts";
import { EXIT_INTERRUPTED } from "../exit-codes.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { environmentSecrets } from "./environment-secrets.ts";
import type { JobSite } from "./job-site.ts";

/** A sandbox that was started for a command. */
export interface FreshSandbox {
  readonly started: StartedSandbox;
  readonly site: JobSite;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Starts a sandbox, works with it, and removes it, also after a failure, Ctrl-C or SIGTERM.
 * @returns the result of the work; the exit code of an interruption before it began
 * @throws ConfigurationError for a secret without a value, before anything is created
 */
export async function withFreshSandbox(
  workspace: Workspace,
  plan: Plan,
  work: (sandbox: FreshSandbox) => Promise<number>,
): Promise<number> {
  const { progress } = workspace;
  const secrets = environmentSecrets(plan, process.env);
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    const interrupted = interruption.signal;
    const started = await progress.step(`sandbox ${plan.sandbox}`, async (step) => {
      const sandbox = await startFor(workspace, plan, secrets, interrupted);
      step.result("ready");
      return sandbox;
    });
    try {
      const { placement, lost, confirm } = started;
      return await work({ started, site: { placement, labels: {}, secrets, lost, confirm, interrupted } });
    } finally {
      await progress
        .step(`remove ${plan.sandbox}`, () => started.remove())
        .catch((error: Error) => {
          progress.print(`${colors.yellow("!")} ${error.message}`);
        });
    }
  } catch (error) {
    if (error === interruption.signal.reason) return EXIT_INTERRUPTED;
    throw error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}

async function startFor(
  workspace: Workspace,
  plan: Plan,
  secrets: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<StartedSandbox> {
  const { project, engine } = workspace;
  await removeAbandonedSandboxes(workspace);
  const { subnetPool, privilegedImages } = project.settings;
  return startSandbox({
    ...{ plan, engine, secrets, signal, subnetPool, privilegedImages },
    project: project.name,
    projectFolder: project.folder,
    network: placeNetworkFrom(process.env),
  });
}
