import * as pulumi from "@pulumi/pulumi";
import { SETTINGS_NAMESPACE } from "../../stacks/stack-settings.ts";
import { explain } from "../program-error.ts";
import { programSettings } from "../program-settings.ts";
import { type CleanUpOutputs, targetComponents } from "../stack-sandboxes.ts";

/**
 * Creates the clean-up of a stack with the setting `nestbox:cleanUp`; undefined without it.
 * @throws ProgramError for an invalid setting
 */
export async function bringUpCleanUp(): Promise<CleanUpOutputs | undefined> {
  const setting = new pulumi.Config(SETTINGS_NAMESPACE).getObject<object>("cleanUp");
  // The default in Pulumi.yaml is {}: without a default the Pulumi CLI requires the setting in every stack.
  if (setting === undefined || Object.keys(setting).length === 0) return undefined;
  const place = `Pulumi.${pulumi.getStack()}.yaml: ${SETTINGS_NAMESPACE}:cleanUp`;
  try {
    return await targetComponents(programSettings().target).cleanUp(setting, place);
  } catch (error) {
    return explain(error);
  }
}
