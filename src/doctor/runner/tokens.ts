import { expandVariable, type RunnerSection, variableName } from "./config-in-container.ts";
import { verifyToken } from "./gitlab-requests.ts";
import type { GitLabReach, TokenState } from "./runner-facts.ts";
import { NEVER_STARTED, unknownState } from "./unknown-state.ts";

/** What the verification of tokens depends on. */
interface Verification {
  readonly url: string | undefined;
  readonly timeout: number;
  readonly systemId: string | undefined;
  readonly gitlab: GitLabReach;
}

/** The state of each token in a config.toml, by the runner's name. */
export async function tokenStates(
  runners: readonly RunnerSection[],
  environment: ReadonlyMap<string, string>,
  verification: Verification,
): Promise<Readonly<Record<string, TokenState>>> {
  const states = runners.map(
    async (runner) => [runner.name, await tokenState(runner, environment, verification)] as const,
  );
  return Object.fromEntries(await Promise.all(states));
}

async function tokenState(
  { token: configuredToken, url: configuredUrl }: RunnerSection,
  environment: ReadonlyMap<string, string>,
  { timeout, systemId, gitlab }: Verification,
): Promise<TokenState> {
  const variable = variableName(configuredToken);
  const token = expandVariable(configuredToken, environment);
  if (token === undefined) {
    return variable === undefined ? unknownState("config.toml has none") : { kind: "missing", variable };
  }
  const url = expandVariable(configuredUrl, environment);
  if (url === undefined || gitlab.kind !== "answers") return unknownState("GitLab is not reachable");
  if (systemId === undefined) return unknownState(NEVER_STARTED);
  return verifyToken({ url, timeout }, token, systemId);
}
