import type { IncomingMessage } from "node:http";
import type { DockerEndpoint } from "./docker-endpoint.ts";

/** A call of the Docker Engine API. */
export interface EngineCall {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: object;
  /** Sent as it is: a tar archive. */
  readonly archive?: Buffer;
  readonly signal?: AbortSignal;
}

/** A Docker engine. Every method fails with EngineRefused or EngineUnreachable. */
export interface DockerEngine {
  /** Where the engine listens, for messages. */
  readonly host: string;
  /** Calls the engine and reads its whole answer. */
  request<Answer>(call: EngineCall): Promise<Answer>;
  /** Calls the engine and returns its answer while it is still coming. */
  stream(call: EngineCall): Promise<IncomingMessage>;
}

/** The engine answered, and said no. The message is the engine's own. */
export class EngineRefused extends Error {
  override readonly name = "EngineRefused";
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The engine did not answer. */
export class EngineUnreachable extends Error {
  override readonly name = "EngineUnreachable";
}

/** Whether `error` is the engine's "there is no such object". */
export function isGone(error: unknown): boolean {
  return error instanceof EngineRefused && error.status === 404;
}

/** Connects to the engine when it is first needed: previews and unchanged updates never are. */
export function dockerEngine(endpoint: DockerEndpoint): DockerEngine {
  let connecting: Promise<Transport> | undefined;
  const dial = async (call: EngineCall, streaming: boolean): Promise<unknown> => {
    connecting ??= connect(endpoint);
    const transport = await connecting;
    return new Promise((resolve, reject) => {
      transport.dial(transportCall(call, streaming), (error, answer) => {
        if (error) reject(engineError(error, endpoint));
        else resolve(answer);
      });
    });
  };
  return {
    host: endpoint.host,
    request: async <Answer>(call: EngineCall) => (await dial(call, false)) as Answer,
    stream: async (call) => (await dial(call, true)) as IncomingMessage,
  };
}

/** The part of dockerode's transport that is used: its own methods put request bodies, secrets included, into URLs. */
interface Transport {
  dial(call: object, done: (error: TransportError | null, answer: unknown) => void): void;
}
type TransportError = Error & { statusCode?: number; json?: { message?: string } | null };

async function connect(endpoint: DockerEndpoint): Promise<Transport> {
  const { default: Dockerode } = await import("dockerode");
  const { host, ca, cert, key } = endpoint;
  if (host.startsWith("unix://")) return new Dockerode({ socketPath: host.slice("unix://".length) }).modem;
  const url = new URL(host.includes("://") ? host : `tcp://${host}`);
  if (url.protocol === "ssh:") {
    return new Dockerode({
      protocol: "ssh",
      host: url.hostname,
      port: url.port || 22,
      username: decodeURIComponent(url.username),
      sshOptions: process.env.SSH_AUTH_SOCK === undefined ? {} : { agent: process.env.SSH_AUTH_SOCK },
    }).modem;
  }
  const secure = ca !== undefined || url.protocol === "https:";
  return new Dockerode({
    protocol: secure ? "https" : "http",
    host: url.hostname,
    port: url.port || (secure ? 2376 : 2375),
    ...(ca === undefined ? {} : { ca, cert: cert ?? "", key: key ?? "" }),
  }).modem;
}

function transportCall(call: EngineCall, streaming: boolean): object {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  return {
    method: call.method,
    path: `${call.path}?${query}`,
    options: { _query: {}, _body: call.body ?? {} },
    statusCodes: { 200: true, 201: true, 204: true, 304: true },
    isStream: streaming,
    ...(call.archive === undefined ? {} : { file: call.archive }),
    ...(call.signal === undefined ? {} : { abortSignal: call.signal }),
  };
}

function engineError(error: TransportError, endpoint: DockerEndpoint): Error {
  if (error.name === "AbortError") return error;
  if (error.statusCode === undefined) {
    return new EngineUnreachable(
      `no Docker engine answers at ${endpoint.host} (${error.message}): start it, or set DOCKER_HOST`,
    );
  }
  const message = error.json?.message ?? error.message.replace(/^\(HTTP code \d+\) \w+ - /, "");
  return new EngineRefused(error.statusCode, message.trim());
}
