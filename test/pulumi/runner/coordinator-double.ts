import { randomInt } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { crc32, gunzipSync } from "node:zlib";
import type { GitLabDouble } from "../../airgap/gitlab-provider/gitlab-double.ts";
import type { CiJob } from "./ci-job.ts";

/** A job in the double. */
export interface KeptJob {
  readonly id: number;
  readonly job: CiJob;
  /** The job token, by which the runner sends log and result. */
  readonly token: string;
  state: "waiting" | "running" | "success" | "failed";
  trace: Buffer;
  failureReason?: string;
  /** The dotenv report, as text. */
  dotenv?: string;
  exitCode?: number;
  /** Resolves when the runner reports the end. */
  readonly ended: Promise<KeptJob>;
}

/** The project of a job. */
export interface CiProject {
  /** Variables of the project. They override the job's. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Variables of the type file. */
  readonly files?: Readonly<Record<string, string>>;
  /** The account of the project's registry. */
  readonly registry?: { readonly url: string; readonly username: string; readonly password: string };
  /** A bare repository with the files for git's plain HTTP, and the commit to check out. */
  readonly sources?: { readonly repository: string; readonly sha: string };
}

/**
 * A double of GitLab's runner API, in front of the double of its other API. Both have one address.
 */
export interface CoordinatorDouble {
  /** The address of both, reachable from containers. */
  readonly url: string;
  /** Gives a job to the first runner that requests one and has all its tags. */
  give(job: CiJob, project?: CiProject): KeptJob;
  /** The number of job requests. */
  readonly requests: () => number;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body?: object;
  readonly headers?: OutgoingHttpHeaders;
}

/**
 * Starts the double on a free port of this machine's address. It follows GitLab's lib/api/ci/runner.rb for
 * verification, job requests, logs, results and dotenv reports, without other artifacts and cancelling.
 */
export async function coordinatorDouble(gitlab: GitLabDouble, address: string): Promise<CoordinatorDouble> {
  const jobs = new Map<number, KeptJob & { readonly project: CiProject; end(): void }>();
  // Tests find jobs on a shared engine by their IDs, so these must not collide.
  const firstId = randomInt(1_000_000, 1_000_000_000);
  let requests = 0;

  const server = createServer(async (request, response) => {
    const path = request.url?.replace(/^\/api\/v4/, "") ?? "";
    const body = await buffer(request);
    const source = sourceFile(path);
    if (source !== undefined) return void response.writeHead(source.length > 0 ? 200 : 404).end(source);
    const answer = respond(`${request.method} ${path.replace(/\?.*$/, "")}`, request, body);
    if (answer !== undefined) return send(response, answer);
    const headers = { ...request.headers, host: undefined, connection: undefined };
    const other = await fetch(new URL(path.slice(1), gitlab.baseUrl), {
      method: request.method ?? "GET",
      headers: Object.entries(headers).flatMap(([name, value]) =>
        typeof value === "string" ? [[name, value] as [string, string]] : [],
      ),
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    });
    response.writeHead(other.status, { "content-type": "application/json" }).end(await other.text());
  });

  function respond(line: string, request: IncomingMessage, body: Buffer): Answer | undefined {
    if (line === "POST /runners/verify") return verify(json(body).token);
    if (line === "DELETE /runners/managers") return { status: 204 };
    if (line === "POST /jobs/request") return nextJob(json(body).token);
    const [, method, id, part] = /^(PUT|PATCH|POST) \/jobs\/(\d+)(\/trace|\/artifacts)?$/.exec(line) ?? [];
    const job = jobs.get(Number(id));
    if (method === undefined) return undefined;
    if (job === undefined) return { status: 404 };
    if (request.headers["job-token"] !== job.token) return { status: 403 };
    if (part === "/artifacts") return keep(job, body);
    if (part !== undefined) return append(job, String(request.headers["content-range"]), body);
    return update(job, json(body));
  }

  /** A file of a job's repository; empty if missing. */
  function sourceFile(path: string): Buffer | undefined {
    const [, file] = /^\/group\/project\.git\/([^?]*)/.exec(path) ?? [];
    if (file === undefined) return undefined;
    const repository = [...jobs.values()].findLast(({ project }) => project.sources)?.project.sources
      ?.repository;
    const place = resolve(repository ?? "/", file);
    if (repository === undefined || !place.startsWith(repository) || !existsSync(place))
      return Buffer.alloc(0);
    return readFileSync(place);
  }

  /** The body is a form with one file. */
  function keep(job: KeptJob, body: Buffer): Answer {
    const start = body.indexOf("\r\n\r\n") + 4;
    const boundary = body.subarray(0, body.indexOf("\r\n"));
    const end = body.indexOf(Buffer.concat([Buffer.from("\r\n"), boundary]), start);
    job.dotenv = gunzipSync(body.subarray(start, end)).toString();
    return { status: 201, body: {} };
  }

  function runnerWith(token: unknown) {
    return [...gitlab.runners.values()].find((runner) => runner.token === token);
  }

  function verify(token: unknown): Answer {
    const runner = runnerWith(token);
    if (runner === undefined) return { status: 403, body: { message: "403 Forbidden" } };
    return { status: 200, body: { id: runner.id, token, token_expires_at: null } };
  }

  function nextJob(token: unknown): Answer {
    requests += 1;
    const runner = runnerWith(token);
    if (runner === undefined) return { status: 403, body: { message: "403 Forbidden" } };
    const tags = runner.tag_list as readonly string[];
    const job = [...jobs.values()].find(
      ({ state, job }) => state === "waiting" && job.tags.every((tag) => tags.includes(tag)),
    );
    if (job === undefined) return { status: 204, headers: { "x-gitlab-last-update": "0" } };
    job.state = "running";
    return { status: 201, body: jobPayload(job, url) };
  }

  function append(job: KeptJob, range: string, body: Buffer): Answer {
    const start = Number(/^(\d+)-/.exec(range)?.[1]);
    const stored = `0-${job.trace.length}`;
    if (start !== job.trace.length) return { status: 416, headers: { range: stored } };
    job.trace = Buffer.concat([job.trace, body]);
    return {
      status: 202,
      body: {},
      headers: {
        range: `0-${job.trace.length}`,
        "job-status": job.state,
        "x-gitlab-trace-update-interval": "1",
      },
    };
  }

  function update(job: KeptJob & { end(): void }, report: Readonly<Record<string, unknown>>): Answer {
    const { state, output, failure_reason: reason, exit_code: code } = report;
    const status = { headers: { "job-status": "running", "x-gitlab-trace-update-interval": "1" }, body: {} };
    if (state !== "success" && state !== "failed") return { status: 200, ...status };
    const { checksum } = output as { readonly checksum: string };
    const kept = `crc32:${crc32(job.trace).toString(16).padStart(8, "0")}`;
    if (checksum !== kept) return { status: 412, ...status };
    job.state = state;
    if (typeof reason === "string") job.failureReason = reason;
    if (typeof code === "number") job.exitCode = code;
    job.end();
    return { status: 200, ...status };
  }

  server.listen(0, address);
  await once(server, "listening");
  const url = `http://${address}:${(server.address() as AddressInfo).port}`;
  return {
    url,
    requests: () => requests,
    give(job, project = {}) {
      const id = firstId + jobs.size;
      let end: () => void = () => undefined;
      const whenEnded = new Promise<void>((resolve) => {
        end = resolve;
      });
      const kept = {
        ...{ id, job, project, token: `glcbt-${id}-${"j".repeat(16)}`, state: "waiting" as const },
        ...{ trace: Buffer.alloc(0), end: () => end() },
        ended: whenEnded.then((): KeptJob => kept),
      } as KeptJob & { readonly project: CiProject; end(): void };
      jobs.set(id, kept);
      return kept;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** The job in GitLab's response to a runner. */
function jobPayload(
  { id, token, job, project: own }: KeptJob & { readonly project: CiProject },
  url: string,
): object {
  const project = "group/project";
  const dotenv = job.artifacts?.reports?.dotenv;
  const variables = {
    CI: "true",
    CI_JOB_ID: String(id),
    CI_JOB_NAME: job.name,
    CI_PROJECT_ID: "7",
    CI_PROJECT_NAME: "project",
    CI_PROJECT_PATH: project,
    CI_SERVER_URL: url,
    CI_COMMIT_REF_NAME: "main",
    CI_COMMIT_REF_SLUG: "main",
    ...job.variables,
    ...own.variables,
  };
  const files = Object.entries(own.files ?? {}).map(([key, value]) => ({ key, value, file: true }));
  return {
    id,
    token,
    allow_git_fetch: true,
    job_info: {
      name: job.name,
      stage: "test",
      project_id: 7,
      project_name: "project",
      project_full_path: project,
    },
    git_info: {
      repo_url: `${url}/${project}.git`,
      ref: "main",
      sha: own.sources?.sha ?? "0".repeat(40),
      before_sha: "0".repeat(40),
      ref_type: "branch",
      refspecs: ["+refs/heads/main:refs/remotes/origin/main"],
      // Git's plain HTTP has only complete histories.
      depth: 0,
    },
    runner_info: { timeout: 600 },
    variables: [
      ...listed(variables),
      ...files,
      { key: "CI_JOB_TOKEN", value: token, public: false, masked: true },
    ],
    steps: [{ name: "script", script: job.script, timeout: 600, when: "on_success", allow_failure: false }],
    image: typeof job.image === "string" ? { name: job.image } : job.image,
    services: job.services.map(({ variables: own = {}, ...service }) => ({
      ...service,
      variables: listed(own),
    })),
    artifacts:
      dotenv === undefined
        ? []
        : [{ paths: [dotenv], when: "on_success", artifact_type: "dotenv", artifact_format: "gzip" }],
    cache: [],
    credentials: own.registry === undefined ? [] : [{ type: "registry", ...own.registry }],
    dependencies: [],
    features: { trace_sections: true, failure_reasons: ["script_failure", "runner_system_failure"] },
  };
}

function listed(variables: Readonly<Record<string, string>>): readonly object[] {
  return Object.entries(variables).map(([key, value]) => ({ key, value, public: true }));
}

function json(body: Buffer): Readonly<Record<string, unknown>> {
  return JSON.parse(body.toString());
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response
    .writeHead(status, { "content-type": "application/json", ...headers })
    .end(body && JSON.stringify(body));
}
