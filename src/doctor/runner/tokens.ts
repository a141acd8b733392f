import { verifyToken } from "./ask-gitlab.ts";
import { expanded, type RunnerInFile, variableIn } from "./config-in-container.ts";
import { NEVER_STARTED, notAsked } from "./not-asked.ts";
import type { GitLabReach, TokenState } from "./runner-facts.ts";

/** What GitLab is asked with, and what is known already. */
interface TokenQuestions {
  readonly url: string | undefined;
  readonly patience: number;
  readonly systemId: string | undefined;
  readonly gitlab: GitLabReach;
}

/** What GitLab says of the token of each runner in a config.toml, by name. */
export async function tokenStates(
  runners: readonly RunnerInFile[],
  environment: ReadonlyMap<string, string>,
  questions: TokenQuestions,
): Promise<Readonly<Record<string, TokenState>>> {
  const states = runners.map(
    async (runner) => [runner.name, await tokenState(runner, environment, questions)] as const,
  );
  return Object.fromEntries(await Promise.all(states));
}

async function tokenState(
  { token: said, url: saidUrl }: RunnerInFile,
  environment: ReadonlyMap<string, string>,
  { patience, systemId, gitlab }: TokenQuestions,
): Promise<TokenState> {
  const variable = variableIn(said);
  const token = expanded(said, environment);
  if (token === undefined) {
    return variable === undefined ? notAsked("config.toml has none") : { kind: "missing", variable };
  }
  const url = expanded(saidUrl, environment);
  if (url === undefined || gitlab.kind !== "answers") return notAsked("GitLab was not asked");
  if (systemId === undefined) return notAsked(NEVER_STARTED);
  return verifyToken({ url, patience }, token, systemId);
}
