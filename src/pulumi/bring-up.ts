import * as pulumi from "@pulumi/pulumi";
import { peerVersion } from "../machine/installed-packages.ts";
import type { Runner } from "../model/runner/runner.ts";
import { declaredSandboxes } from "../stacks/declared-sandboxes.ts";
import { bringUpCleanUp } from "./clean-up/stack-clean-up.ts";
import { explain } from "./program-error.ts";
import { programSettings } from "./program-settings.ts";
import type { RunnerOutputs } from "./runner/configured-runner.ts";
import { bringUpRunner } from "./runner/stack-runner.ts";
import {
  bringUpSandboxes,
  type CleanUpOutputs,
  type SandboxOutputs,
  targetComponents,
} from "./stack-sandboxes.ts";

/**
 * The declarations of a project. Each is loaded on demand, so that its errors are reported without a stack
 * trace.
 */
export interface Declarations {
  /** Loads the module with the list of sandboxes as its default export. */
  readonly sandboxes: () => Promise<{ readonly default: unknown }>;
  /** Loads the module with the list of GitLab runners as its default export. @default no runners */
  readonly runners?: () => Promise<{ readonly default: readonly Runner[] }>;
}

/** The outputs of a stack. */
export interface StackOutputs {
  /** The service endpoints of each sandbox with its networks or namespace, by name. */
  readonly sandboxes: SandboxOutputs;
  /** The GitLab runners. Undefined without the setting `nestbox:runner`. */
  readonly runner?: RunnerOutputs;
  /** The scheduled clean-up. Undefined without the setting `nestbox:cleanUp`. */
  readonly cleanUp?: CleanUpOutputs;
}

/**
 * Creates the components for the stack's settings, the declared sandboxes and the declared runners. A
 * complete Pulumi program:
 *
 * @example
 * export default await bringUp({
 *   sandboxes: () => import("../sandboxes/index.ts"),
 *   runners: () => import("../sandboxes/runners.ts"),
 * });
 * @throws ProgramError for an error in a declaration or a setting, with a message without a stack trace
 */
export async function bringUp({ sandboxes: load, runners }: Declarations): Promise<StackOutputs> {
  const declared = await load()
    .then((module) => {
      const peers = ["@pulumi/pulumi", targetComponents(programSettings().target).peer];
      for (const peer of peers) peerVersion(peer, pulumi.getRootDirectory());
      return declaredSandboxes(module.default);
    })
    .catch(explain);
  const sandboxes = await bringUpSandboxes(declared);
  const runner = await bringUpRunner(async () => (await runners?.())?.default ?? []);
  const cleanUp = await bringUpCleanUp();
  // Pulumi warns about undefined outputs.
  return { sandboxes, ...(runner && { runner }), ...(cleanUp && { cleanUp }) };
}
