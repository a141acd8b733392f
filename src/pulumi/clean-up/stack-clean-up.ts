import * as pulumi from "@pulumi/pulumi";
import { SETTINGS_NAMESPACE } from "../../stacks/stack-settings.ts";
import { explain } from "../program-error.ts";
import type { CleanUp } from "./clean-up.ts";

/**
 * Creates the clean-up container of a stack with the setting `nestbox:cleanUp`; undefined without it.
 * @throws ProgramError for an invalid setting
 */
export async function bringUpCleanUp(): Promise<Pick<CleanUp, "container"> | undefined> {
  const setting = new pulumi.Config(SETTINGS_NAMESPACE).getObject<object>("cleanUp");
  // The default in Pulumi.yaml is {}: without a default the Pulumi CLI requires the setting in every stack.
  if (setting === undefined || Object.keys(setting).length === 0) return undefined;
  try {
    // Loaded here: few stacks have a clean-up container.
    const [{ CleanUp: Container }, { cleanUpSettingsFrom }] = await Promise.all([
      import("./clean-up.ts"),
      import("./clean-up-settings.ts"),
    ]);
    const place = `Pulumi.${pulumi.getStack()}.yaml: ${SETTINGS_NAMESPACE}:cleanUp`;
    const { container } = new Container("clean-up", cleanUpSettingsFrom(setting, place));
    return { container };
  } catch (error) {
    return explain(error);
  }
}
