import type { GitLabReach, TokenState } from "./runner-facts.ts";

/** Where GitLab is, and how long to wait for it. */
export interface GitLabAddress {
  /** `https://gitlab.example.com`. */
  readonly url: string;
  /** In milliseconds. */
  readonly patience: number;
}

/**
 * Whether GitLab answers there, asked without any token. GitLab says who it is by JSON, also when it refuses.
 */
export async function reachGitLab({ url, patience }: GitLabAddress): Promise<GitLabReach> {
  const signal = AbortSignal.timeout(patience);
  try {
    const answer = await fetch(api(url, "version"), { signal });
    await answer.arrayBuffer();
    const isGitLab = [200, 401, 403].includes(answer.status) && isJson(answer);
    return isGitLab ? { kind: "answers" } : { kind: "stranger", status: answer.status };
  } catch (error) {
    return { kind: "unreachable", reason: signal.aborted ? tooLate(patience) : reasonOf(error) };
  }
}

/**
 * What GitLab says of a runner's token, asked as the runner itself asks.
 * Source: https://docs.gitlab.com/api/runners/#verify-authentication-for-a-registered-runner
 * @param systemId the runner's own: with another one GitLab would list one more that serves the runner
 */
export async function verifyToken(
  { url, patience }: GitLabAddress,
  token: string,
  systemId: string,
): Promise<TokenState> {
  const signal = AbortSignal.timeout(patience);
  try {
    const answer = await fetch(api(url, "runners/verify"), {
      method: "POST",
      headers: { "content-type": "application/json", "runner-token": token },
      body: JSON.stringify({ token, system_id: systemId }),
      // Where it leads is no place for a token.
      redirect: "manual",
      signal,
    });
    const text = await answer.text();
    if (answer.status === 403 || answer.status === 422) return { kind: "refused", status: answer.status };
    if (answer.status !== 200 || !isJson(answer))
      return { kind: "unknown", reason: `GitLab answers ${answer.status}` };
    const { token_expires_at: expires } = JSON.parse(text) as { readonly token_expires_at?: string | null };
    return { kind: "valid", ...(expires && { expires }) };
  } catch (error) {
    return { kind: "unknown", reason: signal.aborted ? tooLate(patience) : reasonOf(error) };
  }
}

function api(url: string, path: string): string {
  return `${url.replace(/\/+$/, "")}/api/v4/${path}`;
}

function isJson(answer: Response): boolean {
  return answer.headers.get("content-type")?.startsWith("application/json") ?? false;
}

function tooLate(patience: number): string {
  return `no answer within ${patience / 1000} s`;
}

/**
 * The message of `fetch` itself is "fetch failed"; what it was about is its cause, which may have a code
 * alone.
 */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  const { message: first = "", code = "" } = (cause ?? {}) as NodeJS.ErrnoException;
  return first || code || message;
}
