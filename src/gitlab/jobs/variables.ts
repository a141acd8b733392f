import { SECRET_PREFIX, secretVariable } from "../../model/secret-variable.ts";
import type { Environment } from "../../model/text.ts";
import { secretsIn, type Text, textParts } from "../../model/text.ts";
import type { YamlValue } from "../../text/yaml.ts";

/**
 * Variables of a job. GitLab's server and the runner both expand `$NAME`, the server also `%NAME%`: what is
 * meant literally says `expand: false`. Secrets are masked variables of the project, by name. Source:
 * https://docs.gitlab.com/ci/yaml/#variablesexpand
 */
export function jobVariables(env: Environment): Readonly<Record<string, YamlValue>> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => {
      if (secretsIn(value).length > 0) return [name, expanded(value)];
      return [
        name,
        typeof value === "string" && /[$%]/.test(value) ? { value, expand: false } : expanded(value),
      ];
    }),
  );
}

/**
 * Variables of a service. Only the runner expands them, once, and against all of the job's variables, masked
 * ones included: this is how a secret reaches a service, which otherwise sees public variables alone
 * (GetServiceVariables in gitlab-runner's common/build.go).
 */
export function serviceVariables(env: Environment): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, expanded(value)]));
}

/** What is wrong with a variable's name in GitLab CI, or undefined. */
export function variableProblem(name: string): string | undefined {
  if (!name.startsWith(SECRET_PREFIX)) return undefined;
  return `is where the value of a secret belongs, a masked variable of the project; name the variable otherwise, and give it secret("…")`;
}

/** Whether GitLab or its runner gives the variable a meaning of their own. */
export function isReservedVariable(name: string): boolean {
  return /^(CI|GITLAB|FF|RUNNER)(_|$)|^(GIT_(STRATEGY|DEPTH|CHECKOUT|CLEAN_FLAGS|SUBMODULE_\w+)|GET_SOURCES_ATTEMPTS)$/.test(
    name,
  );
}

function expanded(value: Text): string {
  return textParts(value)
    .map((part) =>
      typeof part === "string" ? part.replaceAll("$", "$$$$") : `\${${secretVariable(part.secret)}}`,
    )
    .join("");
}
