import type * as pulumi from "@pulumi/pulumi";
import { ConfigurationError } from "../model/problem.ts";
import { secretVariable } from "../model/secret-variable.ts";

/**
 * The values of secrets, from the environment or else the stack's encrypted configuration.
 * @throws ConfigurationError naming every secret without a value
 */
export function findSecrets<Value extends pulumi.Input<string>>(
  needed: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  configured: Readonly<Record<string, Value>>,
): Readonly<Record<string, string | Value>> {
  const found = needed.map((name) => [name, environment[secretVariable(name)] ?? configured[name]] as const);
  const missing = found.filter(([, value]) => value === undefined).map(([name]) => name);
  const [first] = missing;
  if (first !== undefined) {
    const names = missing.map((name) => `"${name}"`).join(", ");
    throw new ConfigurationError(
      `no value for the secret${missing.length > 1 ? "s" : ""} ${names}; set ${secretVariable(first)}, ` +
        `or run: pulumi config set --secret --path 'nestbox:secrets["${first}"]'`,
    );
  }
  return Object.fromEntries(found) as Readonly<Record<string, string | Value>>;
}
