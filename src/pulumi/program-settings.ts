import * as pulumi from "@pulumi/pulumi";
import {
  READ_ELSEWHERE,
  SETTINGS_NAMESPACE,
  type StackSettings,
  settingsFrom,
} from "../stacks/stack-settings.ts";

/**
 * The settings of the running program's stack, without keys that other modules read, such as secrets.
 * @throws ConfigurationError for an invalid setting
 */
export function programSettings(): StackSettings {
  const prefix = `${SETTINGS_NAMESPACE}:`;
  const values = Object.entries(pulumi.runtime.allConfig())
    .filter(([key]) => key.startsWith(prefix) && !READ_ELSEWHERE.includes(key.slice(prefix.length)))
    .map(([key, value]) => [key.slice(prefix.length), value]);
  return settingsFrom(Object.fromEntries(values), `Pulumi.${pulumi.getStack()}.yaml`);
}
