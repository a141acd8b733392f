import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A runner in the double, with GitLab's names. */
export interface KeptRunner {
  readonly id: number;
  readonly token: string;
  /** Further projects of the runner. They come first in GitLab's answers. */
  readonly other_projects?: readonly number[];
  readonly [setting: string]: unknown;
}

/** A double of GitLab's REST API for runners, with its statuses, scopes and rules. */
export interface GitLabDouble {
  /** With `/api/v4/` at its end. */
  readonly baseUrl: string;
  readonly runners: Map<number, KeptRunner>;
  /** The requests: method, path and the status of the answer. */
  readonly asked: string[];
  /** Milliseconds until the tokens of new runners expire. @default never */
  tokenLifetime?: number;
  /**
   * The answers to the next requests: a status; `drop`, the connection ends without an answer; `hang`, no
   * answer; `page`, an HTML page; `half`, an answer that never ends; `done`, a proxy's status after success.
   */
  readonly failures: (
    | number
    | ("drop" | "hang" | "page" | "half")
    | { readonly status: number; readonly retryAfter: string }
    | { readonly done: number }
  )[];
  /** Called before a request is answered. */
  beforeAnswer?: (line: string) => Promise<void> | void;
  close(): Promise<void>;
}

/** The double's tokens, by their scopes. */
export const TOKENS = {
  whole: "glpat-whole-lifecycle",
  createOnly: "glpat-create-only",
  api: "glpat-api",
} as const;

const SCOPES: Readonly<Record<string, readonly string[]>> = {
  [TOKENS.whole]: ["create_runner", "manage_runner"],
  [TOKENS.createOnly]: ["create_runner"],
  [TOKENS.api]: ["api"],
};

interface Answer {
  readonly status: number;
  readonly body?: object;
}

/**
 * Starts a double on a free port of the loopback. It creates, reads, changes and deletes runners by the rules
 * of GitLab's lib/api/user_runners.rb and lib/api/ci/runners.rb.
 */
export async function gitlabDouble(): Promise<GitLabDouble> {
  const runners = new Map<number, KeptRunner>();
  const asked: string[] = [];
  const failures: GitLabDouble["failures"] = [];
  let lastId = 40;

  const server = createServer(async (request, response) => {
    const line = `${request.method} ${request.url?.replace(/^\/api\/v4/, "")}`;
    const body = await readBody(request);
    const failure = failures.shift();
    await double.beforeAnswer?.(line);
    const token = String(request.headers["private-token"] ?? "");
    if (failure === "page" || failure === "half") {
      asked.push(`${line} → ${failure}`);
      response.writeHead(200, { "content-type": failure === "page" ? "text/html" : "application/json" });
      if (failure === "page") response.end("<!doctype html><title>Log in</title>");
      else response.write("{");
      return;
    }
    if (failure === "drop") {
      asked.push(`${line} → dropped`);
      request.socket.destroy();
      return;
    }
    if (failure === "hang") {
      asked.push(`${line} → nothing`);
      return;
    }
    if (failure !== undefined) {
      if (typeof failure === "object" && "done" in failure) {
        respond(line, body, token);
        asked.push(`${line} → ${failure.done}`);
        response.writeHead(failure.done, { "content-type": "text/html" }).end("<h1>Bad Gateway</h1>");
        return;
      }
      const [status, headers] =
        typeof failure === "number" ? [failure, {}] : [failure.status, { "retry-after": failure.retryAfter }];
      asked.push(`${line} → ${status}`);
      response.writeHead(status, headers).end(JSON.stringify({ message: `${status} on purpose` }));
      return;
    }
    const answer = respond(line, body, token);
    asked.push(`${line} → ${answer.status}`);
    send(response, answer);
  });

  function respond(line: string, body: Readonly<Record<string, unknown>>, token: string): Answer {
    const scopes = SCOPES[token];
    if (!scopes) return { status: 401, body: { message: "401 Unauthorized" } };
    const may = (scope: string) => scopes.includes(scope) || scopes.includes("api");
    if (line === "POST /user/runners")
      return may("create_runner") ? create(body) : tooSmall("create_runner api");
    const id = /^(?:GET|PUT|DELETE) \/runners\/(\d+)$/.exec(line)?.[1];
    if (id === undefined) return { status: 404, body: { error: "404 Not Found" } };
    if (!may("manage_runner")) return tooSmall("manage_runner api");
    const runner = runners.get(Number(id));
    if (!runner) return { status: 404, body: { message: "404 Runner Not Found" } };
    return withRunner(line.split(" ")[0] ?? "", runner, body);
  }

  function create(body: Readonly<Record<string, unknown>>): Answer {
    const problem = createProblem(body);
    if (problem !== undefined) return { status: 400, body: { message: problem } };
    do lastId++;
    while (runners.has(lastId));
    const id = lastId;
    const token = `glrt-${id}-${"t".repeat(16)}`;
    runners.set(id, { run_untagged: true, tag_list: [], locked: false, paused: false, ...body, id, token });
    const { tokenLifetime } = double;
    const end = tokenLifetime === undefined ? null : new Date(Date.now() + tokenLifetime).toISOString();
    return { status: 201, body: { id, token, token_expires_at: end } };
  }

  function withRunner(method: string, runner: KeptRunner, body: Readonly<Record<string, unknown>>): Answer {
    if (method === "DELETE") {
      if ((runner.other_projects ?? []).length > 0) {
        const message = "403 Forbidden - Runner associated with more than one project";
        return { status: 403, body: { message } };
      }
      runners.delete(runner.id);
      return { status: 204 };
    }
    const changed = { ...runner, ...(method === "PUT" && body) };
    const problem = settingsProblem(changed);
    if (problem !== undefined) return { status: 400, body: { message: problem } };
    runners.set(runner.id, changed);
    const {
      token: _,
      group_id: group,
      project_id: project,
      other_projects: others = [],
      ...visible
    } = changed;
    const projects = [...others, ...(project ? [project] : [])].map((id) => ({ id }));
    return { status: 200, body: { ...visible, groups: group ? [{ id: group }] : [], projects } };
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const double: GitLabDouble = {
    baseUrl: `http://127.0.0.1:${port}/api/v4/`,
    runners,
    asked,
    failures,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return double;
}

function createProblem(body: Readonly<Record<string, unknown>>): string | undefined {
  const { runner_type: type, group_id: group, project_id: project } = body;
  if (!["instance_type", "group_type", "project_type"].includes(String(type)))
    return "runner_type does not have a valid value";
  if ((type === "group_type") !== (group !== undefined)) return "group_id is missing or superfluous";
  if ((type === "project_type") !== (project !== undefined)) return "project_id is missing or superfluous";
  return settingsProblem(body);
}

function settingsProblem(settings: Readonly<Record<string, unknown>>): string | undefined {
  const { run_untagged: untagged, tag_list: tags = [], maximum_timeout: timeout } = settings;
  if (untagged === false && (tags as readonly unknown[]).length === 0)
    return "Tags list can not be empty when runner is not allowed to pick untagged jobs";
  if (typeof timeout === "number" && timeout < 600) return "Maximum timeout needs to be at least 10 minutes";
  return undefined;
}

function tooSmall(scope: string): Answer {
  const description = "The request requires higher privileges than provided by the access token.";
  return { status: 403, body: { error: "insufficient_scope", error_description: description, scope } };
}

async function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  let text = "";
  for await (const part of request) text += part;
  return text === "" ? {} : JSON.parse(text);
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { "content-type": "application/json" }).end(body && JSON.stringify(body));
}
