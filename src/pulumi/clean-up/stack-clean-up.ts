import * as pulumi from "@pulumi/pulumi";
import { SETTINGS_NAMESPACE } from "../../stacks/settings.ts";
import { explain } from "../program-error.ts";
import type { CleanUp } from "./clean-up.ts";

/**
 * Keeps a clean-up where the stack's configuration has `nestbox:cleanUp`; nothing elsewhere.
 * @throws ProgramError with a message for people, when something in the configuration must be changed
 */
export async function bringUpCleanUp(): Promise<Pick<CleanUp, "container"> | undefined> {
  const said = new pulumi.Config(SETTINGS_NAMESPACE).getObject<object>("cleanUp");
  // Pulumi.yaml's default: without one the Pulumi CLI would want the setting in every stack.
  if (said === undefined || Object.keys(said).length === 0) return undefined;
  try {
    // Loaded here: few stacks keep a clean-up.
    const [{ CleanUp: Container }, { cleanUpSettingsFrom }] = await Promise.all([
      import("./clean-up.ts"),
      import("./clean-up-settings.ts"),
    ]);
    const place = `Pulumi.${pulumi.getStack()}.yaml: ${SETTINGS_NAMESPACE}:cleanUp`;
    const { container } = new Container("clean-up", cleanUpSettingsFrom(said, place));
    return { container };
  } catch (error) {
    return explain(error);
  }
}
