import type { GitLabReach, TokenState } from "./runner-facts.ts";

/** The address of GitLab, and the timeout of a request to it. */
export interface GitLabAddress {
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
 * Verifies a runner's token with GitLab, by the same request as gitlab-runner's.
 * Source: https://docs.gitlab.com/api/runners/#verify-authentication-for-a-registered-runner
 * @param systemId the runner's own: for another one GitLab would add a runner manager to its list
 */
export async function verifyToken(
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
      return { kind: "unknown", reason: `GitLab answers ${response.status}` };
    const { token_expires_at: expires } = JSON.parse(text) as { readonly token_expires_at?: string | null };
    return { kind: "valid", ...(expires && { expires }) };
  } catch (error) {
    return { kind: "unknown", reason: signal.aborted ? noAnswer(timeout) : reasonOf(error) };
  }
}

/**
 * The reason of a request that timed out.
 * @param timeout in milliseconds
 */
export function noAnswer(timeout: number): string {
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
