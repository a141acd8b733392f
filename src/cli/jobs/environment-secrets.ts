import type { Plan } from "../../model/plan/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { secretVariable } from "../../model/secret-variable.ts";

/**
 * The values of a plan's secrets from the environment: a sandbox without a stack has no other settings.
 * @throws ConfigurationError naming every secret without a value
 */
export function environmentSecrets(
  { sandbox, secrets }: Pick<Plan, "sandbox" | "secrets">,
  environment: NodeJS.ProcessEnv,
): Readonly<Record<string, string>> {
  const missing = secrets.filter((name) => environment[secretVariable(name)] === undefined);
  if (missing.length > 0) {
    const names = missing.map((name) => `"${name}"`).join(", ");
    throw new ConfigurationError(
      `sandbox "${sandbox}": no value for the secret${missing.length > 1 ? "s" : ""} ${names}; ` +
        `set ${missing.map(secretVariable).join(", ")}`,
    );
  }
  return Object.fromEntries(secrets.map((name) => [name, environment[secretVariable(name)] ?? ""]));
}
