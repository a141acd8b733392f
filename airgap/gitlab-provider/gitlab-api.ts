import { setTimeout as pause } from "node:timers/promises";
import type { Runners, Users } from "@gitbeaker/rest";

/** Which GitLab, and as whom. */
export interface GitLabAccount {
  /** With or without `/api/v4` at its end. */
  readonly baseUrl: string;
  readonly token: string;
}

/** How patient a caller is. In milliseconds. */
export interface Patience {
  /** Until an answer must be there. @default 30 s */
  readonly timeout?: number;
  /** Before the second try; it doubles with each. @default 500 */
  readonly firstPause?: number;
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
 * The parts of GitLab's REST API that concern runners, with Gitbeaker's names and types. What passes is tried five times.
 *
 * A request that creates something is not repeated when its answer got lost: it may have succeeded, and a second one would leave a runner
 * that nobody knows. Every call throws GitLabFailed.
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
    (path, request = {}) => ask(requestOf(path, request), account.baseUrl, patience),
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

/** Instead of Gitbeaker's own, which asks ten times within a second, creations too, hears no Retry-After, and hands the token on to wherever it is redirected. */
async function ask(request: Request, baseUrl: string, patience: Patience) {
  const { firstPause = 500, signal } = patience;
  for (let attempt = 1; ; attempt++) {
    const answer = await send(request, patience);
    if (answer instanceof Response && answer.ok) {
      return { body: await readJson(answer), headers: {}, status: answer.status };
    }
    const status = answer instanceof Response ? answer.status : 0;
    const again =
      answer instanceof Response ? PASSING.has(status) : request.method !== "POST" || !isLost(answer);
    if (!again || attempt === TRIES) throw await failure(baseUrl, request, answer, attempt);
    const asked = answer instanceof Response ? Number(answer.headers.get("retry-after") ?? 0) * 1000 : 0;
    await pause(Math.min(LONGEST_PAUSE, Math.max(asked || 0, firstPause * 2 ** (attempt - 1))), undefined, {
      ...(signal && { signal }),
    });
  }
}

function send(
  { method, prefixUrl, path, headers, body }: Request,
  { timeout = 30_000, signal }: Patience,
): Promise<Response | NoAnswer> {
  const limit = AbortSignal.timeout(timeout);
  return fetch(`${prefixUrl}${path}`, {
    method,
    headers,
    ...(body !== undefined && { body }),
    redirect: "manual",
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  }).catch((error: Error) => ({
    code: limit.aborted
      ? `nothing within ${timeout / 1000} s`
      : ((error.cause as NodeJS.ErrnoException | undefined)?.code ?? error.name),
  }));
}

/** A GitLab's address without its API's path, which Gitbeaker adds. */
function hostOf(baseUrl: string): string {
  return baseUrl.replace(/\/+$/, "").replace(/\/api\/v4$/, "");
}

/** Whether the request may have reached GitLab all the same. */
function isLost({ code }: NoAnswer): boolean {
  return !["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"].includes(code);
}

async function readJson(answer: Response): Promise<Record<string, unknown>> {
  const text = await answer.text();
  return text === "" ? {} : JSON.parse(text);
}

async function failure(
  baseUrl: string,
  { method, path }: Request,
  answer: Response | NoAnswer,
  tries: number,
): Promise<GitLabFailed> {
  if (!(answer instanceof Response)) {
    const lost = method === "POST" && isLost(answer);
    const remedy = lost
      ? "What was asked for may have happened: look for a runner without contact in GitLab and delete it"
      : "Check GITLAB_BASE_URL and the network";
    return new GitLabFailed(0, `${baseUrl} does not answer (${answer.code}). ${remedy}`);
  }
  const { status } = answer;
  const said = await explanation(answer);
  if (status === 401) {
    const message =
      "GitLab does not take the token: it is wrong, expired or revoked. Give GITLAB_TOKEN a valid one";
    return new GitLabFailed(status, message);
  }
  if (said.includes("insufficient_scope")) {
    const message = "the token's scopes are too small: it needs create_runner and manage_runner (or api)";
    return new GitLabFailed(status, message);
  }
  if (status === 403) {
    const message = `GitLab forbids it (${said}): creating a runner takes an owner of the project or group, or an administrator for the instance; a runner with more than one project cannot be deleted`;
    return new GitLabFailed(status, message);
  }
  const times = tries > 1 ? ` ${tries} times` : "";
  return new GitLabFailed(status, `GitLab answered ${status}${times} to ${method} /${path}: ${said}`);
}

/** What GitLab says about it, in one line. */
async function explanation(answer: Response): Promise<string> {
  const text = await answer.text().catch(() => "");
  try {
    const { message, error, error_description: description } = JSON.parse(text) as Record<string, unknown>;
    const parts = [message, error, description].filter((part) => part !== undefined);
    return parts.map((part) => (typeof part === "string" ? part : JSON.stringify(part))).join(", ");
  } catch {
    return answer.statusText || "no explanation";
  }
}
