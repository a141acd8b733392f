import type { Environment } from "../machine/environment.ts";
import type { Plan } from "../model/plan/plan.ts";
import { ConfigurationError } from "../model/problem.ts";
import { secretVariable } from "../model/secret-variable.ts";

/**
 * The values of a plan's secrets: those given, else those of the environment. A sandbox without a stack has
 * no other settings.
 * @param given by name. @default none
 * @throws ConfigurationError naming every secret without a value
 */
export function environmentSecrets(
  { sandbox, secrets }: Pick<Plan, "sandbox" | "secrets">,
  environment: Environment,
  given: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const values = secrets.map((name) => [name, given[name] ?? environment[secretVariable(name)]] as const);
  const missing = values.filter(([, value]) => value === undefined).map(([name]) => name);
  if (missing.length > 0) {
    const names = missing.map((name) => `"${name}"`).join(", ");
    throw new ConfigurationError(
      `sandbox "${sandbox}": no value for the secret${missing.length > 1 ? "s" : ""} ${names}; ` +
        `set ${missing.map(secretVariable).join(", ")}`,
    );
  }
  return Object.fromEntries(values) as Readonly<Record<string, string>>;
}
