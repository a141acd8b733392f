import * as pulumi from "@pulumi/pulumi";
import type { Runner } from "../../model/runner/runner.ts";
import { SETTINGS_NAMESPACE } from "../../stacks/stack-settings.ts";
import { explain } from "../program-error.ts";
import type { RunnerOutputs } from "./configured-runner.ts";

/**
 * Creates the declared runners for a stack with the setting `nestbox:runner`; undefined without it.
 * @throws ProgramError for invalid declarations or settings
 */
export async function bringUpRunner(
  readRunners: () => Promise<readonly Runner[]>,
): Promise<RunnerOutputs | undefined> {
  const key = `${SETTINGS_NAMESPACE}:runner`;
  const text = pulumi.runtime.allConfig()[key];
  // The default in Pulumi.yaml is {}: without a default the Pulumi CLI requires the setting in every stack.
  if (text === undefined || text === "{}") return undefined;
  // Loaded here: most stacks have no runner.
  const [{ createConfiguredRunner }, { rejectPlaintextSecrets }] = await Promise.all([
    import("./configured-runner.ts"),
    import("../../gitlab/runner/plaintext-secrets.ts"),
  ]);
  const read = () => {
    rejectPlaintextSecrets(pulumi.getRootDirectory(), pulumi.getStack(), key);
    return readRunners();
  };
  return createConfiguredRunner(text, `Pulumi.${pulumi.getStack()}.yaml: ${key}`, read).catch(explain);
}
