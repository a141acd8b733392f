import { setTimeout as pause } from "node:timers/promises";
import type { Runners, Users } from "@gitbeaker/rest";

/** Which GitLab, and as whom. */
export interface GitLabAccount {
  /** With or without `/api/v4` at its end. */
  readonly baseUrl: string;
  readonly token: string;
  /** Where the address was said, for errors. @default GITLAB_BASE_URL */
  readonly addressPlace?: string;
  /** Where the token was said, for errors. @default GITLAB_TOKEN */
  readonly tokenPlace?: string;
}

/** How patient a caller is. In milliseconds. */
export interface Patience {
  /** Until an answer must be there. @default 30 s */
  readonly timeout?: number;
  /** Before the second try; it doubles with each. @default 500 */
  readonly firstPause?: number;
  /**
   * Ends pauses and questions. What changes something is waited for all the same: its answer is all that
   * tells what GitLab has now.
   */
  readonly signal?: AbortSignal;
}

/** GitLab refused a request, or did not answer. The message is for people and never holds the token. */
export class GitLabFailed extends Error {
  override readonly name = "GitLabFailed";
  /** The HTTP status; 0 without an answer. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What GitLab said, or something between. */
interface Answer {
  readonly status: number;
  readonly statusText: string;
  /** Seconds that it asks for before the next try. */
  readonly retryAfter?: number;
  readonly text: string;
}

/** The connection failed, or the time was over: why, in a word. */
interface NoAnswer {
  readonly code: string;
}

const TRIES = 5;
/** What GitLab and the proxies before it answer when it is worth asking again. */
const PASSING: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);
/** Milliseconds that a Retry-After may hold us up. */
const LONGEST_PAUSE = 60_000;

/**
 * The parts of GitLab's REST API that concern runners, with Gitbeaker's names and types. What passes is tried
 * five times.
 *
 * A request that creates something is only repeated when it surely has done nothing: otherwise it may have
 * succeeded, and a second one would leave a runner that nobody knows. A proxy's 502 comes after GitLab's
 * commit, too. Every call throws GitLabFailed.
 */
export async function gitlabApi(
  account: GitLabAccount,
  patience: Patience = {},
): Promise<{ readonly users: Users<true>; readonly runners: Runners<true> }> {
  // Loading them takes a tenth of a second, and most operations ask GitLab nothing.
  const [{ Runners, Users }, { createRequesterFn }] = await Promise.all([
    import("@gitbeaker/rest"),
    import("@gitbeaker/requester-utils"),
  ]);
  const requesterFn = createRequesterFn(
    async (_, request) => request,
    (path, request = {}) => ask(requestOf(path, request), account, patience),
  );
  const options = {
    host: hostOf(account.baseUrl),
    token: account.token,
    camelize: true,
    requesterFn,
  } as const;
  return { users: new Users(options), runners: new Runners(options) };
}

/** What Gitbeaker makes of a call. */
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

/** Gitbeaker leaves a request's type open. */
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
 * Instead of Gitbeaker's own, which asks ten times within a second, creations too, hears no Retry-After, and
 * hands the token on to wherever it is redirected.
 */
async function ask(request: Request, account: GitLabAccount, patience: Patience) {
  const { firstPause = 500, signal } = patience;
  for (let attempt = 1; ; attempt++) {
    if (signal?.aborted) throw cancelled(request);
    const answer = await send(request, patience);
    if ("status" in answer && answer.status >= 200 && answer.status < 300) {
      return { body: bodyOf(answer, request, account), headers: {}, status: answer.status };
    }
    if (signal?.aborted && "code" in answer && isQuestion(request)) throw cancelled(request);
    if (attempt === TRIES || !isWorthAnother(request, answer))
      throw failure(account, request, answer, attempt);
    const asked = "code" in answer ? 0 : (answer.retryAfter ?? 0) * 1000;
    const length = Math.min(LONGEST_PAUSE, Math.max(asked, firstPause * 2 ** (attempt - 1)));
    // Ended early, the next round tells that.
    await pause(length, undefined, { ...(signal && { signal }) }).catch(() => {});
  }
}

function send(request: Request, { timeout = 30_000, signal }: Patience): Promise<Answer | NoAnswer> {
  const { method, prefixUrl, path, headers, body } = request;
  const limit = AbortSignal.timeout(timeout);
  return fetch(`${prefixUrl}${path}`, {
    method,
    headers,
    ...(body !== undefined && { body }),
    redirect: "manual",
    signal: signal && isQuestion(request) ? AbortSignal.any([signal, limit]) : limit,
  })
    .then(readAnswer)
    .catch((error: Error) => ({
      code: limit.aborted
        ? `nothing within ${timeout / 1000} s`
        : ((error.cause as NodeJS.ErrnoException | undefined)?.code ?? error.name),
    }));
}

async function readAnswer(response: Response): Promise<Answer> {
  const { status, statusText, headers } = response;
  const retryAfter = Number(headers.get("retry-after") ?? Number.NaN);
  const text = await response.text();
  return { status, statusText, text, ...(Number.isFinite(retryAfter) && { retryAfter }) };
}

function isQuestion({ method }: Request): boolean {
  return method === "GET";
}

function isWorthAnother({ method }: Request, answer: Answer | NoAnswer): boolean {
  const hasPassed = "code" in answer || PASSING.has(answer.status);
  return hasPassed && (method !== "POST" || hasDoneNothing(answer));
}

/**
 * Whether GitLab surely did not act on the request: it was too busy and said so, or the connection was never
 * made.
 */
function hasDoneNothing(answer: Answer | NoAnswer): boolean {
  if ("code" in answer) return NOT_CONNECTED.has(answer.code);
  const { status, retryAfter } = answer;
  return (status >= 400 && status < 500) || (status === 503 && retryAfter !== undefined);
}

const NOT_CONNECTED: ReadonlySet<string> = new Set([
  ...["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"],
]);

/** A GitLab's address without its API's path, which Gitbeaker adds. */
function hostOf(baseUrl: string): string {
  return baseUrl.replace(/\/+$/, "").replace(/\/api\/v4$/, "");
}

/**
 * What a successful answer holds: a page in HTML comes from something between, such as a proxy that wants a
 * login.
 */
function bodyOf({ status, text }: Answer, request: Request, account: GitLabAccount): Record<string, unknown> {
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    const { addressPlace = "GITLAB_BASE_URL" } = account;
    throw new GitLabFailed(
      status,
      `${account.baseUrl} answered ${status} to ${request.method} /${request.path} with something that is no JSON, so it is no GitLab, or a proxy stands between. ${inDoubt(request)}Check ${addressPlace} and the proxy`,
    );
  }
}

function cancelled({ method, path }: Request): GitLabFailed {
  return new GitLabFailed(
    0,
    `${method} /${path} was not sent to GitLab, or its answer not awaited: cancelled`,
  );
}

/** What to do about a creation whose end is not known. */
function inDoubt({ method }: Request): string {
  if (method !== "POST") return "";
  return "What was asked for may have happened: look in GitLab for a runner that has never contacted it (Settings, CI/CD, Runners of the project or group; or the Admin area), and delete it before you try again. ";
}

function failure(
  account: GitLabAccount,
  request: Request,
  answer: Answer | NoAnswer,
  tries: number,
): GitLabFailed {
  const { baseUrl, addressPlace = "GITLAB_BASE_URL", tokenPlace = "GITLAB_TOKEN" } = account;
  const { method, path } = request;
  const doubt = hasDoneNothing(answer) ? "" : inDoubt(request);
  if ("code" in answer) {
    const remedy = doubt.trim() || `Check ${addressPlace} and the network`;
    return new GitLabFailed(0, `${baseUrl} does not answer (${answer.code}). ${remedy}`);
  }
  const { status } = answer;
  const said = explanation(answer);
  if (status === 401) {
    const message = `GitLab does not take the token: it is wrong, expired or revoked. Give ${tokenPlace} a valid one`;
    return new GitLabFailed(status, message);
  }
  if (said.includes("insufficient_scope")) {
    const message = `the token's scopes are too small: it needs create_runner and manage_runner (or api). Give ${tokenPlace} one that has them`;
    return new GitLabFailed(status, message);
  }
  if (status === 403) {
    const message = `GitLab forbids it (${said}): creating a runner takes an owner of the project or group, or an administrator for the instance; a runner with more than one project cannot be deleted`;
    return new GitLabFailed(status, message);
  }
  const times = tries > 1 ? ` ${tries} times` : "";
  const remedy = doubt === "" ? "" : `. ${doubt.trim()}`;
  return new GitLabFailed(
    status,
    `GitLab answered ${status}${times} to ${method} /${path}: ${said}${remedy}`,
  );
}

/** What GitLab says about it, in one line. */
function explanation({ text, statusText }: Answer): string {
  try {
    const { message, error, error_description: description } = JSON.parse(text) as Record<string, unknown>;
    const parts = [message, error, description].filter((part) => part !== undefined);
    return parts.map((part) => (typeof part === "string" ? part : JSON.stringify(part))).join(", ");
  } catch {
    return statusText || "no explanation";
  }
}
