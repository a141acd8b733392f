import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { DockerCall } from "../../machine/docker/api.ts";
import type { DockerHost } from "../../machine/docker/host.ts";

/** A call of the Docker Engine API. */
export interface EngineCall {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: object;
  /** A tar archive, sent as it is. */
  readonly archive?: Buffer;
  readonly signal?: AbortSignal;
}

/** A Docker engine. Its methods fail with EngineRefused or EngineUnreachable. */
export interface DockerEngine {
  /** Calls the engine and reads its whole answer. */
  request<Answer>(call: EngineCall): Promise<Answer>;
  /** Calls the engine and returns its answer while it is still coming: read it to its end, or destroy it. */
  stream(call: EngineCall): Promise<IncomingMessage>;
}

/** The engine answered, and said no. The message is the engine's own. */
export class EngineRefused extends Error {
  override readonly name = "EngineRefused";
  /** The HTTP status. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The engine did not answer. The message says where it was looked for. */
export class EngineUnreachable extends Error {
  override readonly name = "EngineUnreachable";
}

/** Whether `error` is the engine's "there is no such object". */
export function isGone(error: unknown): boolean {
  return error instanceof EngineRefused && error.status === 404;
}

/** What `lookUp` finds; undefined when the engine says that there is no such object. */
export async function unlessGone<Found>(lookUp: Promise<Found>): Promise<Found | undefined> {
  try {
    return await lookUp;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** The engine at `host`. Nothing is loaded or sent until the first call: previews and unchanged updates make none. */
export function dockerEngine(host: DockerHost): DockerEngine {
  const stream = async (call: EngineCall): Promise<IncomingMessage> => {
    const { callDocker, DockerRefused } = await import("../../machine/docker/api.ts");
    try {
      return await callDocker(host, dockerCall(call));
    } catch (error) {
      if (error instanceof DockerRefused) throw new EngineRefused(error.status, error.message);
      if (call.signal?.aborted === true) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new EngineUnreachable(
        `no Docker engine answers at ${host.host} (${why}): start it, or set DOCKER_HOST`,
      );
    }
  };
  return {
    stream,
    async request<Answer>(call: EngineCall): Promise<Answer> {
      const text = await (await stream(call)).setEncoding("utf8").toArray();
      return (text.length === 0 ? undefined : JSON.parse(text.join(""))) as Answer;
    },
  };
}

function dockerCall({ method, path, query = {}, body, archive, signal }: EngineCall): DockerCall {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  const content = archive === undefined ? body : Readable.from([archive]);
  return {
    // The client passes any method on; its type does not know PUT, which only archives need.
    method: method as DockerCall["method"],
    path: `${path}?${search}`,
    ...(content !== undefined && { body: content }),
    ...(archive !== undefined && {
      headers: { "content-type": "application/x-tar", "content-length": String(archive.length) },
    }),
    ...(signal !== undefined && { signal }),
  };
}
