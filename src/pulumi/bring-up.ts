import type { Runner } from "../model/runner/runner.ts";
import { declaredSandboxes } from "../stacks/declared-sandboxes.ts";
import type { CleanUp } from "./clean-up/clean-up.ts";
import { bringUpCleanUp } from "./clean-up/stack-clean-up.ts";
import { explain } from "./program-error.ts";
import type { RunnerOutputs } from "./runner/configured-runner.ts";
import { bringUpRunner } from "./runner/stack-runner.ts";
import { bringUpSandboxes, type SandboxOutputs } from "./stack-sandboxes.ts";

/** What a project declares, each loaded when it is needed: so an error in a declaration is told in a sentence. */
export interface Declarations {
  /** Loads the module whose default export lists the sandboxes. */
  readonly sandboxes: () => Promise<{ readonly default: unknown }>;
  /** Loads the module whose default export lists the GitLab runners. @default no runners */
  readonly runners?: () => Promise<{ readonly default: readonly Runner[] }>;
}

/** What a stack exports. */
export interface StackOutputs {
  /** How the sandboxes are reached, by name. */
  readonly sandboxes: SandboxOutputs;
  /** Its GitLab runners, where its settings have `nestbox:runner`. */
  readonly runner?: RunnerOutputs;
  /** Its clean-up, where its settings have `nestbox:cleanUp`. */
  readonly cleanUp?: Pick<CleanUp, "container">;
}

/**
 * Turns the settings of the stack, the declared sandboxes and the declared runners into components. All that a Pulumi
 * program of Nestbox does:
 *
 * @example
 * export default await bringUp({
 *   sandboxes: () => import("../sandboxes/index.ts"),
 *   runners: () => import("../gitlab/runner/runners.ts"),
 * });
 * @throws ProgramError with a message for people, when something in the declarations or the settings must be changed
 */
export async function bringUp({ sandboxes: load, runners }: Declarations): Promise<StackOutputs> {
  const declared = await load()
    .then((module) => declaredSandboxes(module.default))
    .catch(explain);
  const sandboxes = await bringUpSandboxes(declared);
  const runner = await bringUpRunner(async () => (await runners?.())?.default ?? []);
  const cleanUp = await bringUpCleanUp();
  // Pulumi warns of outputs that are undefined.
  return { sandboxes, ...(runner && { runner }), ...(cleanUp && { cleanUp }) };
}
