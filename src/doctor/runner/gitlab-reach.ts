import type { DockerHost } from "../../docker/host.ts";
import { runInContainer } from "../../docker/run-in-container.ts";
import { expandVariable, type RunnerSection, variableName } from "./config-in-container.ts";
import type { GitLabReach, RunnerReach, TokenState } from "./runner-facts.ts";

/** The state of something that was not checked, with the reason. */
export function unknownState(reason: string): { readonly kind: "unknown"; readonly reason: string } {
  return { kind: "unknown", reason };
}

/** Until its first start gitlab-runner has no identity, and `gitlab-runner verify` would create one. */
export const NEVER_STARTED = "the runner has never started";

interface GitLabAddress {
  /** `https://gitlab.example.com`. */
  readonly url: string;
  /** In milliseconds. */
  readonly timeout: number;
}

/** Whether GitLab is reachable at an address, without a token. GitLab answers in JSON, even with an error. */
export async function probeGitLab({ url, timeout }: GitLabAddress): Promise<GitLabReach> {
  const signal = AbortSignal.timeout(timeout);
  try {
    const response = await fetch(api(url, "version"), { signal });
    await response.arrayBuffer();
    const isGitLab = [200, 401, 403].includes(response.status) && isJson(response);
    return isGitLab ? { kind: "answers" } : { kind: "not-gitlab", status: response.status };
  } catch (error) {
    return { kind: "unreachable", reason: signal.aborted ? noAnswer(timeout) : reasonOf(error) };
  }
}

/**
 * Whether GitLab is reachable from the runner's container, with its network, name servers and certificates.
 * `gitlab-runner verify` exits with 0 when GitLab is unreachable, so its output counts. Source:
 * https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/commands/verify.go
 * @param timeout in milliseconds
 */
export async function verify(engine: DockerHost, container: string, timeout: number): Promise<RunnerReach> {
  const signal = AbortSignal.timeout(timeout);
  try {
    const { output } = await runInContainer(engine, container, ["gitlab-runner", "verify"], signal);
    const failure = /Verifying runner\.\.\. +(?:failed|client error).*/.exec(output)?.[0];
    if (failure !== undefined) return { kind: "unreachable", reason: reasonIn(failure) };
    // GitLab is reachable if it refuses a token, too.
    if (/Verifying runner\.\.\. +is (?:valid|alive|not valid|removed)/.test(output))
      return { kind: "answers" };
    return unknownState("`gitlab-runner verify` in the container reported no result");
  } catch (error) {
    if (signal.aborted) return { kind: "unreachable", reason: noAnswer(timeout) };
    return unknownState((error as Error).message);
  }
}

/** The reason of a failure. Only known phrases are repeated: the line may contain confidential values. */
function reasonIn(failure: string): string {
  const known = /dial tcp.*|x509: .*|tls: .*|context deadline exceeded|\b[45]\d\d [A-Z][A-Za-z ]*|EOF/;
  return known.exec(failure)?.[0].trim() ?? "the request failed";
}

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

/**
 * Verifies a runner's token with GitLab, by the same request as gitlab-runner's.
 * Source: https://docs.gitlab.com/api/runners/#verify-authentication-for-a-registered-runner
 * @param systemId the runner's own: for another one GitLab would add a runner manager to its list
 */
async function verifyToken(
  { url, timeout }: GitLabAddress,
  token: string,
  systemId: string,
): Promise<TokenState> {
  const signal = AbortSignal.timeout(timeout);
  try {
    const response = await fetch(api(url, "runners/verify"), {
      method: "POST",
      headers: { "content-type": "application/json", "runner-token": token },
      body: JSON.stringify({ token, system_id: systemId }),
      // A redirect must not receive the token.
      redirect: "manual",
      signal,
    });
    const text = await response.text();
    if (response.status === 403 || response.status === 422)
      return { kind: "refused", status: response.status };
    if (response.status !== 200 || !isJson(response))
      return unknownState(`GitLab answers ${response.status}`);
    const { token_expires_at: expires } = JSON.parse(text) as { readonly token_expires_at?: string | null };
    return { kind: "valid", ...(expires && { expires }) };
  } catch (error) {
    return unknownState(signal.aborted ? noAnswer(timeout) : reasonOf(error));
  }
}

function noAnswer(timeout: number): string {
  return `no answer within ${timeout / 1000} s`;
}

function api(url: string, path: string): string {
  return `${url.replace(/\/+$/, "")}/api/v4/${path}`;
}

function isJson(response: Response): boolean {
  return response.headers.get("content-type")?.startsWith("application/json") ?? false;
}

/** The message of `fetch` is "fetch failed"; the reason is in its cause, which may have only a code. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  const { message: first = "", code = "" } = (cause ?? {}) as NodeJS.ErrnoException;
  return first || code || message;
}
