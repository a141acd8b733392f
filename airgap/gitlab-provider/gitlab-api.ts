import { setTimeout as pause } from "node:timers/promises";
import type { Runners, Users } from "@gitbeaker/rest";

/** The address of a GitLab, and a token for it. */
export interface GitLabAccount {
  /** With or without `/api/v4` at its end. */
  readonly baseUrl: string;
  readonly token: string;
  /** The setting with the address, for errors. @default GITLAB_BASE_URL */
  readonly addressPlace?: string;
  /** The setting with the token, for errors. @default GITLAB_TOKEN */
  readonly tokenPlace?: string;
}

/** The limits of a request. */
export interface RequestLimits {
  /** Milliseconds until the answer must be complete. @default 30 s */
  readonly timeout?: number;
  /** Milliseconds before the first retry; the pause doubles with each. @default 500 */
  readonly firstPause?: number;
  /** Aborts pauses and reads. A running change is not aborted: only its answer has the result. */
  readonly signal?: AbortSignal;
}

/** GitLab refused a request, or did not answer. The message never contains the token. */
export class GitLabFailed extends Error {
  override readonly name = "GitLabFailed";
  /** The HTTP status; 0 without an answer. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** An answer of GitLab or of a proxy. */
interface Answer {
  readonly status: number;
  readonly statusText: string;
  /** The header Retry-After, in seconds. */
  readonly retryAfter?: number;
  readonly text: string;
}

/** The code of a failed connection or a timeout. */
interface NoAnswer {
  readonly code: string;
}

const TRIES = 5;
/** The statuses of GitLab and proxies that justify a retry. */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);
/** The longest pause for a Retry-After, in milliseconds. */
const LONGEST_PAUSE = 60_000;

/**
 * GitLab's REST API for runners, with Gitbeaker's names and types. Tries transient failures five times.
 *
 * Repeats a creation only if the first one had no effect: a second one could create an unknown runner.
 * A proxy may answer 502 after GitLab's commit. Every call throws GitLabFailed.
 */
export async function gitlabApi(
  account: GitLabAccount,
  limits: RequestLimits = {},
): Promise<{ readonly users: Users<true>; readonly runners: Runners<true> }> {
  // Imported here: they load for 100 ms, and most operations send no request.
  const [{ Runners, Users }, { createRequesterFn }] = await Promise.all([
    import("@gitbeaker/rest"),
    import("@gitbeaker/requester-utils"),
  ]);
  const requesterFn = createRequesterFn(
    async (_, request) => request,
    (path, request = {}) => sendWithRetries(requestOf(path, request), account, limits),
  );
  const options = {
    host: hostOf(account.baseUrl),
    token: account.token,
    camelize: true,
    requesterFn,
  } as const;
  return { users: new Users(options), runners: new Runners(options) };
}

/** A request of Gitbeaker. */
interface Request {
  readonly method: string;
  /** Below the API's address. */
  readonly path: string;
  /** The API's address, with a slash at its end. */
  readonly prefixUrl: string;
  /** The token among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Gitbeaker does not declare the type of a request. */
function requestOf(path: string, { method, prefixUrl, headers, body }: Record<string, unknown>): Request {
  return {
    method: String(method),
    path,
    prefixUrl: String(prefixUrl),
    headers: headers as Request["headers"],
    ...(typeof body === "string" && { body }),
  };
}

/**
 * Replaces Gitbeaker's own function, which sends even creations ten times within a second, ignores
 * Retry-After and sends the token to redirect targets.
 */
async function sendWithRetries(request: Request, account: GitLabAccount, limits: RequestLimits) {
  const { firstPause = 500, signal } = limits;
  for (let attempt = 1; ; attempt++) {
    if (signal?.aborted) throw cancelled(request);
    const answer = await send(request, limits);
    if ("status" in answer && answer.status >= 200 && answer.status < 300) {
      return { body: bodyOf(answer, request, account), headers: {}, status: answer.status };
    }
    if (signal?.aborted && "code" in answer && isRead(request)) throw cancelled(request);
    if (attempt === TRIES || !mayRetry(request, answer)) throw failure(account, request, answer, attempt);
    const requested = "code" in answer ? 0 : (answer.retryAfter ?? 0) * 1000;
    const length = Math.min(LONGEST_PAUSE, Math.max(requested, firstPause * 2 ** (attempt - 1)));
    // After an abort the next iteration throws.
    await pause(length, undefined, { ...(signal && { signal }) }).catch(() => {});
  }
}

function send(request: Request, { timeout = 30_000, signal }: RequestLimits): Promise<Answer | NoAnswer> {
  const { method, prefixUrl, path, headers, body } = request;
  const limit = AbortSignal.timeout(timeout);
  return fetch(`${prefixUrl}${path}`, {
    method,
    headers,
    ...(body !== undefined && { body }),
    redirect: "manual",
    signal: signal && isRead(request) ? AbortSignal.any([signal, limit]) : limit,
  })
    .then(readAnswer)
    .catch((error: Error) => ({
      code: limit.aborted
        ? `timeout after ${timeout / 1000} s`
        : ((error.cause as NodeJS.ErrnoException | undefined)?.code ?? error.name),
    }));
}

async function readAnswer(response: Response): Promise<Answer> {
  const { status, statusText, headers } = response;
  const retryAfter = Number(headers.get("retry-after") ?? Number.NaN);
  const text = await response.text();
  return { status, statusText, text, ...(Number.isFinite(retryAfter) && { retryAfter }) };
}

function isRead({ method }: Request): boolean {
  return method === "GET";
}

function mayRetry({ method }: Request, answer: Answer | NoAnswer): boolean {
  const isTransient = "code" in answer || TRANSIENT_STATUSES.has(answer.status);
  return isTransient && (method !== "POST" || hadNoEffect(answer));
}

/** Whether a request certainly had no effect: GitLab refused it, or there was no connection. */
function hadNoEffect(answer: Answer | NoAnswer): boolean {
  if ("code" in answer) return NOT_CONNECTED.has(answer.code);
  const { status, retryAfter } = answer;
  return (status >= 400 && status < 500) || (status === 503 && retryAfter !== undefined);
}

const NOT_CONNECTED: ReadonlySet<string> = new Set([
  ...["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"],
]);

/** The address without the path of the API, which Gitbeaker adds. */
function hostOf(baseUrl: string): string {
  return baseUrl.replace(/\/+$/, "").replace(/\/api\/v4$/, "");
}

/** The JSON of a successful answer. An HTML page is from a proxy, such as its login page. */
function bodyOf({ status, text }: Answer, request: Request, account: GitLabAccount): Record<string, unknown> {
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    const { addressPlace = "GITLAB_BASE_URL" } = account;
    throw new GitLabFailed(
      status,
      `${account.baseUrl}: the answer ${status} to ${request.method} /${request.path} is not JSON; ` +
        `${unknownOutcome(request)}check ${addressPlace} and the proxy`,
    );
  }
}

function cancelled({ method, path }: Request): GitLabFailed {
  return new GitLabFailed(0, `GitLab, ${method} /${path}: cancelled`);
}

/** The remedy for a creation with an unknown outcome; empty for other requests. */
function unknownOutcome({ method }: Request): string {
  if (method !== "POST") return "";
  return (
    "the runner may exist: delete one that has never contacted GitLab (Settings, CI/CD, Runners of the " +
    "project or group, or the Admin area), then try again; "
  );
}

function failure(
  account: GitLabAccount,
  request: Request,
  answer: Answer | NoAnswer,
  tries: number,
): GitLabFailed {
  const { baseUrl, addressPlace = "GITLAB_BASE_URL", tokenPlace = "GITLAB_TOKEN" } = account;
  const { method, path } = request;
  const outcome = hadNoEffect(answer) ? "" : unknownOutcome(request).replace(/; $/, "");
  if ("code" in answer) {
    const remedy = outcome || `check ${addressPlace} and the network`;
    return new GitLabFailed(0, `${baseUrl}: no answer (${answer.code}); ${remedy}`);
  }
  const { status } = answer;
  const reason = explanation(answer);
  if (status === 401) {
    const message = `${tokenPlace}: GitLab rejects the token as wrong, expired or revoked; set a valid one`;
    return new GitLabFailed(status, message);
  }
  if (reason.includes("insufficient_scope")) {
    const scopes = "create_runner and manage_runner, or with api";
    const message = `${tokenPlace}: the token lacks scopes; set one with ${scopes}`;
    return new GitLabFailed(status, message);
  }
  if (status === 403) {
    const message =
      `GitLab forbids ${method} /${path} (${reason}); use the token of an owner of the project or group, ` +
      "or of an administrator for the instance. A runner with more than one project cannot be deleted";
    return new GitLabFailed(status, message);
  }
  const times = tries > 1 ? ` ${tries} times` : "";
  const remedy = outcome === "" ? "" : `; ${outcome}`;
  return new GitLabFailed(
    status,
    `GitLab answered ${status}${times} to ${method} /${path}: ${reason}${remedy}`,
  );
}

/** GitLab's explanation of an error, in one line. */
function explanation({ text, statusText }: Answer): string {
  try {
    const { message, error, error_description: description } = JSON.parse(text) as Record<string, unknown>;
    const parts = [message, error, description].filter((part) => part !== undefined);
    return parts.map((part) => (typeof part === "string" ? part : JSON.stringify(part))).join(", ");
  } catch {
    return statusText || "no explanation";
  }
}
