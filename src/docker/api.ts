import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Agent, ClientRequest, IncomingHttpHeaders, IncomingMessage } from "node:http";
import { join } from "node:path";
import { Duplex, type Readable } from "node:stream";
import { json, text } from "node:stream/consumers";
import { answerOf } from "../machine/answer.ts";
import { linesOf } from "../machine/lines.ts";
import { type DockerHost, socketPath } from "./host.ts";

// An import would load the WebSocket client among its exports, which takes a tenth of a short command's time.
const http = process.getBuiltinModule("node:http");

/** The engine answered a request with an error status. */
export class DockerRefused extends Error {
  override readonly name = "DockerRefused";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface DockerCall {
  readonly method: "DELETE" | "GET" | "HEAD" | "POST" | "PUT";
  /** From `/` on, with its query: `/images/json?all=1`. */
  readonly path: string;
  readonly body?: Readable | object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds until the answer must begin. @default no limit */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a request to a Docker engine.
 *
 * Read the answer to its end: an unread one keeps this process alive.
 *
 * @throws DockerRefused if the engine answers with an error status; the connection's error without an answer
 */
export async function callDocker(docker: DockerHost, call: DockerCall): Promise<IncomingMessage> {
  const answer = await send(docker, call);
  const status = answer.statusCode ?? 0;
  if (status < 400) return answer;
  const message = errorMessage(await text(answer));
  throw new DockerRefused(status, message ?? `Docker answered ${status} to ${call.method} ${call.path}`);
}

/** The headers of an engine's shortest answer. */
export async function ping(docker: DockerHost, timeout?: number): Promise<IncomingHttpHeaders> {
  const answer = await callDocker(docker, { method: "GET", path: "/_ping", timeout });
  await text(answer);
  return answer.headers;
}

/** The version of an engine; undefined if it does not answer within the limit, in milliseconds. */
export async function engineVersion(docker: DockerHost, timeout: number): Promise<string | undefined> {
  try {
    const { server = "" } = await ping(docker, timeout);
    const [, version] = /^Docker\/(\S+)/.exec(`${server}`) ?? [];
    // Another engine, or a proxy. Docker starts two programs to answer this.
    return version ?? (await askDocker<{ Version?: string }>(docker, "/version", { timeout })).Version;
  } catch {
    return undefined;
  }
}

/**
 * Reads JSON from a Docker engine. Its type is not checked.
 * @param path from `/` on, with its query
 * @param call the rest of the request. @default a GET
 * @throws as {@link callDocker} does
 */
export async function askDocker<Answer>(
  docker: DockerHost,
  path: string,
  call: Partial<Omit<DockerCall, "path">> = {},
): Promise<Answer> {
  return (await json(await callDocker(docker, { method: "GET", path, ...call }))) as Answer;
}

/**
 * Sends a request to a Docker engine whose answer holds nothing of use.
 * @throws as {@link callDocker} does
 */
export async function commandDocker(docker: DockerHost, call: DockerCall): Promise<void> {
  await text(await callDocker(docker, call));
}

/** Removes an object. Returns whether it existed. */
export function deleteOnDocker(docker: DockerHost, path: string): Promise<boolean> {
  return existing(commandDocker(docker, { method: "DELETE", path }));
}

/** Whether the object of a request exists. */
export async function existing(request: Promise<unknown>): Promise<boolean> {
  return (await unlessMissing(request.then(() => true))) ?? false;
}

/** The answer to a request; undefined for an object that does not exist. */
export function unlessMissing<Answer>(request: Promise<Answer>): Promise<Answer | undefined> {
  return request.catch((error: unknown) => {
    if (error instanceof DockerRefused && error.status === 404) return undefined;
    throw error;
  });
}

/** The messages of a streamed answer, such as that of a pull or a build: one JSON object a line. */
export async function* readMessages(answer: Readable): AsyncGenerator<Readonly<Record<string, unknown>>> {
  for await (const line of linesOf(answer)) if (line.trim() !== "") yield JSON.parse(line);
}

async function send(docker: DockerHost, call: DockerCall): Promise<IncomingMessage> {
  const { body, timeout } = call;
  // tar-stream's streams are no Readable of Node.
  const content = body === undefined || isStream(body) ? body : JSON.stringify(body);
  const isJson = typeof content === "string";
  const headers = { ...(isJson && { "content-type": "application/json" }), ...call.headers };
  const message = `Docker did not answer within ${timeout} ms`;
  const limit = timeout === undefined ? undefined : { milliseconds: timeout, message };
  return answerOf(await open(docker, call, headers), content, limit);
}

function isStream(body: object): body is Readable {
  return "pipe" in body;
}

async function open(
  docker: DockerHost,
  call: DockerCall,
  headers: Record<string, string>,
): Promise<ClientRequest> {
  const { method, path, signal } = call;
  const common = { method, path, headers, ...(signal && { signal }) };
  const socket = socketPath(docker);
  if (socket !== undefined) return http.request({ ...common, socketPath: socket });
  const address = new URL(docker.host);
  if (address.protocol === "ssh:")
    return http.request({ ...common, host: "docker", agent: sshAgent(address) });
  const tls = docker.tls ?? (docker.certificates && readCertificates(docker.certificates));
  const endpoint = { host: address.hostname, port: address.port || (tls ? 2376 : 2375) };
  if (!tls) return http.request({ ...common, ...endpoint });
  // Imported here: it loads longer than a request takes, and most engines have a socket.
  const { request: httpsRequest } = await import("node:https");
  return httpsRequest({ ...common, ...endpoint, ...tls });
}

function readCertificates(folder: string): { ca: Buffer; cert: Buffer; key: Buffer } {
  const read = (name: string): Buffer => readFileSync(join(folder, name));
  return { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
}

/** Connects as the docker command does: over ssh, to `docker system dial-stdio` on the other machine. */
function sshAgent(address: URL): Agent {
  const target = address.username ? `${address.username}@${address.hostname}` : address.hostname;
  const port = address.port ? ["-p", address.port] : [];
  const agent = new http.Agent();
  agent.createConnection = () => {
    const child = spawn("ssh", [...port, "--", target, "docker", "system", "dial-stdio"], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    const connection = Duplex.from({ writable: child.stdin, readable: child.stdout });
    child.once("error", (error) => connection.destroy(error));
    connection.once("close", () => child.kill());
    return connection;
  };
  return agent;
}

function errorMessage(text: string): string | undefined {
  try {
    const message = (JSON.parse(text) as { message?: unknown }).message;
    return typeof message === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}
