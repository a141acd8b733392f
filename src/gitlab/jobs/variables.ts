import { SECRET_PREFIX, secretVariable } from "../../model/secret-variable.ts";
import { type Environment, type Text, writeText } from "../../model/text.ts";
import type { YamlValue } from "../../text/yaml.ts";

/** A variable that is never set. */
const NOTHING = "NESTBOX_NOTHING";

/**
 * The variables of a job. GitLab and the runner both expand `$NAME`, and GitLab also expands `%NAME%`.
 * Literal values therefore have `expand: false`. Secrets refer to masked variables of the project.
 * Source: https://docs.gitlab.com/ci/yaml/#variablesexpand
 */
export function ciJobVariables(env: Environment): Readonly<Record<string, YamlValue>> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [
      name,
      typeof value === "string" && /[$%]/.test(value)
        ? { value, expand: false }
        : withoutPercents(expanded(value)),
    ]),
  );
}

/**
 * The variables of a service. Only the runner expands them, once, with all variables of the job. References
 * pass secrets to a service, which otherwise gets only public variables: GetServiceVariables in
 * gitlab-runner's common/build.go.
 */
export function serviceVariables(env: Environment): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, expanded(value)]));
}

/** The problem with a variable's name in GitLab CI. Undefined for a valid name. */
export function variableProblem(name: string): string | undefined {
  if (!name.startsWith(SECRET_PREFIX)) return undefined;
  const remedy = 'rename the variable and set it to secret("…")';
  return `is reserved for a masked variable with the value of a secret; ${remedy}`;
}

/** Whether GitLab or its runner gives the variable a special meaning. */
export function isReservedVariable(name: string): boolean {
  if (/^(CI|GITLAB|FF|RUNNER)(_|$)/.test(name)) return true;
  return /^(GIT_(STRATEGY|DEPTH|CHECKOUT|CLEAN_FLAGS|SUBMODULE_\w+)|GET_SOURCES_ATTEMPTS)$/.test(name);
}

/**
 * A value in which GitLab finds no `%NAME%`. It has no escape for that, so that a variable without a value is
 * in between, which the runner removes. GitLab expands once, so that it does not see the result.
 */
function withoutPercents(value: string): string {
  return value.replace(/%(?=\w+%)/g, `%\${${NOTHING}}`);
}

function expanded(value: Text): string {
  const literal = (text: string) => text.replaceAll("$", "$$$$");
  return writeText(value, literal, (name) => `\${${secretVariable(name)}}`);
}
