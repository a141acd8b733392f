import * as pulumi from "@pulumi/pulumi";
import type { Runner } from "../../model/runner.ts";
import { SETTINGS_NAMESPACE } from "../../stacks/settings.ts";
import { explain } from "../program-error.ts";
import type { RunnerOutputs } from "./configured-runner.ts";

/**
 * Keeps the declared runners where the stack's configuration has `nestbox:runner`; nothing elsewhere.
 * @throws ProgramError with a message for people, when something in the declarations or the configuration
 * must be changed
 */
export async function bringUpRunner(
  readRunners: () => Promise<readonly Runner[]>,
): Promise<RunnerOutputs | undefined> {
  const key = `${SETTINGS_NAMESPACE}:runner`;
  const text = pulumi.runtime.allConfig()[key];
  // Pulumi.yaml's default: without one the Pulumi CLI would want the setting in every stack.
  if (text === undefined || text === "{}") return undefined;
  // Loaded here: most stacks keep no runner.
  const [{ createRunner }, { refusePlainSecrets }] = await Promise.all([
    import("./configured-runner.ts"),
    import("../../gitlab/runner/plain-secrets.ts"),
  ]);
  const read = () => {
    refusePlainSecrets(pulumi.getRootDirectory(), pulumi.getStack(), key);
    return readRunners();
  };
  return createRunner(text, `Pulumi.${pulumi.getStack()}.yaml: ${key}`, read).catch(explain);
}
