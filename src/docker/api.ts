import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Duplex, Readable } from "node:stream";
import { json, text } from "node:stream/consumers";
import { answerOf } from "../machine/answer.ts";
import { linesOf } from "../machine/lines.ts";
import { type DockerHost, isBySsh, socketPath } from "./host.ts";
import { explainTls, needsTls, tlsOptions, WANTS_TLS } from "./tls.ts";

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
  if ((answer.statusCode ?? 0) < 400) return answer;
  throw await refusal(docker, answer, call);
}

/**
 * Sends a request after which both sides use its connection freely: the engine's output, and this client's
 * input until it ends its side.
 * @throws as {@link callDocker} does; DockerRefused if the engine keeps to HTTP
 */
export async function upgradeDocker(
  docker: DockerHost,
  call: Omit<DockerCall, "timeout" | "headers"> & { readonly body: object },
): Promise<Duplex> {
  const headers = { "content-type": "application/json", connection: "Upgrade", upgrade: "tcp" };
  const request = await open(docker, call, headers);
  return new Promise((resolve, reject) => {
    request.once("error", (error) => reject(explainTls(error, docker)));
    request.once("response", (answer) => refusal(docker, answer, call).then(reject, reject));
    request.once("upgrade", (_, connection: Duplex, first: Buffer) => {
      connection.unshift(first);
      resolve(connection);
    });
    request.end(JSON.stringify(call.body));
  });
}

/** Where an engine has the files of a container. Its errors then name paths in the container. */
const CONTAINER_ROOT = /\/\S+\/merged(?=\/)/g;

async function refusal(
  docker: DockerHost,
  answer: IncomingMessage,
  { method, path }: Pick<DockerCall, "method" | "path">,
): Promise<Error> {
  const status = answer.statusCode ?? 0;
  const body = await text(answer);
  if (status === 400 && WANTS_TLS.test(body)) return needsTls(docker);
  const message = errorMessage(body)?.replace(CONTAINER_ROOT, "");
  return new DockerRefused(status, message ?? `Docker answered ${status} to ${method} ${path.split("?")[0]}`);
}

/** The headers of an engine's shortest answer. */
export async function ping(docker: DockerHost, timeout?: number): Promise<IncomingHttpHeaders> {
  const answer = await callDocker(docker, { method: "GET", path: "/_ping", timeout });
  await text(answer);
  return answer.headers;
}

/**
 * The name and version of an engine that answers within the limit, in milliseconds: `Docker 26.1.5`.
 * @throws as {@link callDocker} does
 */
export async function askVersion(docker: DockerHost, timeout: number): Promise<string> {
  const { server = "" } = await ping(docker, timeout);
  const [, program, version] = /^(Docker|Libpod)\/(\S+)/.exec(`${server}`) ?? [];
  if (version !== undefined) return `${program === "Libpod" ? "Podman" : program} ${version}`;
  // A proxy. Docker starts two programs to answer this.
  return `Docker ${(await askDocker<{ Version: string }>(docker, "/version", { timeout })).Version}`;
}

/** The name and version of an engine; undefined if it does not answer within the limit, in milliseconds. */
export function engineVersion(docker: DockerHost, timeout: number): Promise<string | undefined> {
  return askVersion(docker, timeout).catch(() => undefined);
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
  const request = await open(docker, call, headers);
  return answerOf(request, content, limit).catch((error: Error) => {
    throw explainTls(error, docker);
  });
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
  const socket = isBySsh(docker) ? await forwardedSocket(docker) : socketPath(docker);
  if (socket !== undefined) return http.request({ ...common, socketPath: socket });
  const address = new URL(docker.host);
  const tls = tlsOptions(docker);
  const endpoint = { host: address.hostname, port: address.port || (tls ? 2376 : 2375) };
  if (!tls) return http.request({ ...common, ...endpoint });
  // Imported here: it loads longer than a request takes, and most engines have a socket.
  const { request: httpsRequest } = await import("node:https");
  return httpsRequest({ ...common, ...endpoint, ...tls });
}

/** Imported where it is needed: most engines are on this machine. */
async function forwardedSocket(docker: DockerHost): Promise<string> {
  const { sshTunnel } = await import("./ssh-tunnel.ts");
  return (await sshTunnel(docker)).socket;
}

function errorMessage(text: string): string | undefined {
  try {
    const message = (JSON.parse(text) as { message?: unknown }).message;
    return typeof message === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}
