import type { Environment } from "../machine/environment.ts";
import { type Held, holdSandbox } from "./holder/hold-sandbox.ts";
import { type Scope, SLOT_VARIABLE, slotOf } from "./scope.ts";
import { HOLDER_VARIABLE, holderFor, ownHolder, SANDBOX_VARIABLE } from "./test-run.ts";

/**
 * Starts the declared sandbox of a run, which all of its workers share. It ends with this process: the one of
 * the runner. A second call, as in watch mode, gets the same sandbox.
 * @param name the sandbox. @default NESTBOX_SANDBOX, else the only one of the project
 * @returns the variables of the workers
 */
export async function declaredForRun(
  environment: Environment,
  name = environment[SANDBOX_VARIABLE],
): Promise<Readonly<Record<string, string>>> {
  const holder = await ownHolder(environment);
  const { sandbox } = await holdSandbox(holder, { ...slotOf("run", environment), sandbox: name });
  return { ...sandbox.variables, [HOLDER_VARIABLE]: holder };
}

/** The declared sandbox of a worker, a file or a test, and the variables of its tests. */
export interface HeldForTests extends Pick<Held, "release"> {
  readonly variables: Readonly<Record<string, string>>;
}

/** As {@link declaredForRun}, for another scope. */
export async function declaredForScope(
  environment: Environment,
  scope: Scope,
  name = environment[SANDBOX_VARIABLE],
): Promise<HeldForTests> {
  const holder = await holderFor(scope, environment);
  const slot = slotOf(scope, environment);
  const { sandbox, release } = await holdSandbox(holder, { ...slot, sandbox: name });
  const own = { [HOLDER_VARIABLE]: holder, [SLOT_VARIABLE]: JSON.stringify(slot) };
  return { variables: { ...sandbox.variables, ...own }, release };
}
