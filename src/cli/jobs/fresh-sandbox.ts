import type { Target } from "../../losses/support.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { Progress } from "../../terminal/progress.ts";
import { EXIT_INTERRUPTED } from "../exit-codes.ts";
import { environmentSecrets } from "./environment-secrets.ts";
import type { JobSite } from "./job-site.ts";

/** A sandbox that was started for a command. */
export interface FreshSandbox {
  readonly site: JobSite;
  remove(): Promise<void>;
}

/** What starts a sandbox for a command on a place. */
export interface FreshStart {
  readonly target: Target;
  readonly plan: Plan;
  readonly progress: Progress;
  /** @throws the signal's reason, with nothing left */
  readonly start: (
    secrets: Readonly<Record<string, string>>,
    interrupted: AbortSignal,
  ) => Promise<FreshSandbox>;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Starts a sandbox, works with it, and removes it, also after a failure, Ctrl-C or SIGTERM.
 * @returns the result of the work; the exit code of an interruption before it began
 * @throws ConfigurationError for a secret without a value, before anything is created
 */
export async function withFreshSandbox(
  { plan, progress, start }: FreshStart,
  work: (sandbox: FreshSandbox) => Promise<number>,
): Promise<number> {
  const secrets = environmentSecrets(plan, process.env);
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    const started = await progress.step(`sandbox ${plan.sandbox}`, async (step) => {
      const sandbox = await start(secrets, interruption.signal);
      step.result("ready");
      return sandbox;
    });
    try {
      return await work(started);
    } finally {
      await progress
        .step(`remove ${plan.sandbox}`, () => started.remove())
        .catch((error: Error) => {
          progress.warn(error.message);
        });
    }
  } catch (error) {
    if (error === interruption.signal.reason) return EXIT_INTERRUPTED;
    throw error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}
