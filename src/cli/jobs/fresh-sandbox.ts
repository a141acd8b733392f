import type { Target } from "../../losses/support.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { secretVariable } from "../../model/secret-variable.ts";
import type { Progress } from "../../terminal/progress.ts";
import { withInterruption } from "../interruption.ts";
import type { JobSite } from "./job-site.ts";

/** What starts a sandbox for a command on a place. */
export interface FreshStart {
  readonly target: Target;
  readonly plan: Plan;
  readonly progress: Progress;
  /** @throws the signal's reason, with nothing left */
  readonly start: (
    secrets: Readonly<Record<string, string>>,
    interrupted: AbortSignal,
  ) => Promise<{ readonly site: JobSite; readonly remove: () => Promise<void> }>;
}

/**
 * Starts a sandbox, works with it, and removes it, also after a failure, Ctrl-C or SIGTERM.
 * @returns the result of the work; the exit code of an interruption before it began
 * @throws ConfigurationError for a secret without a value, before anything is created
 */
export async function withFreshSandbox(
  { plan, progress, start }: FreshStart,
  work: (site: JobSite) => Promise<number>,
): Promise<number> {
  const secrets = environmentSecrets(plan, process.env);
  return withInterruption(async (interrupted) => {
    const { site, remove } = await progress.step(`sandbox ${plan.sandbox}`, async (step) => {
      const started = await start(secrets, interrupted);
      step.result("ready");
      return started;
    });
    try {
      return await work(site);
    } finally {
      await progress
        .step(`remove ${plan.sandbox}`, remove)
        .catch(({ message }: Error) => progress.warn(message));
    }
  });
}

/**
 * The values of a plan's secrets from the environment: a sandbox without a stack has no other settings.
 * @throws ConfigurationError naming every secret without a value
 */
export function environmentSecrets(
  { sandbox, secrets }: Pick<Plan, "sandbox" | "secrets">,
  environment: NodeJS.ProcessEnv,
): Readonly<Record<string, string>> {
  const missing = secrets.filter((name) => environment[secretVariable(name)] === undefined);
  if (missing.length > 0) {
    const names = missing.map((name) => `"${name}"`).join(", ");
    throw new ConfigurationError(
      `sandbox "${sandbox}": no value for the secret${missing.length > 1 ? "s" : ""} ${names}; ` +
        `set ${missing.map(secretVariable).join(", ")}`,
    );
  }
  return Object.fromEntries(secrets.map((name) => [name, environment[secretVariable(name)] ?? ""]));
}
