import type { Environment } from "../machine/environment.ts";
import { ConfigurationError } from "../model/problem.ts";
import { startHolder } from "./holder/start-holder.ts";
import { type Scope, workerOf } from "./scope.ts";

/** The variable by which the workers of a run find the socket of its holder. */
export const HOLDER_VARIABLE = "NESTBOX_TEST_HOLDER";

/** The variable that names the declared sandbox of a run. */
export const SANDBOX_VARIABLE = "NESTBOX_SANDBOX";

let started: Promise<string> | undefined;

/** The holder of this process, which ends with it. Started once. @returns the path of its socket */
export function ownHolder(environment: Environment): Promise<string> {
  started ??= startHolder(environment).catch((error: unknown) => {
    started = undefined;
    throw error;
  });
  return started;
}

/**
 * The holder of the run that a process belongs to, else its own.
 * @throws ConfigurationError for the scope of a run in a worker whose runner has none
 */
export async function holderFor(scope: Scope | undefined, environment: Environment): Promise<string> {
  const { [HOLDER_VARIABLE]: ofRun } = environment;
  if (ofRun !== undefined) return ofRun;
  if ((scope !== undefined && scope !== "run") || workerOf(environment) === undefined)
    return ownHolder(environment);
  throw new ConfigurationError(
    'scope "run": the test runner holds no sandbox for its workers; add globalSetup: "nestbox/jest" or ' +
      '"nestbox/vitest" to its configuration, or --test-global-setup to node --test (docs/testing.md)',
  );
}
