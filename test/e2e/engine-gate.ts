import { mkdtempSync, rmSync } from "node:fs";
import { type ClientRequest, createServer, request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { buffer, text } from "node:stream/consumers";
import { engineHost } from "../../src/docker/engine-host.ts";

/** A request to an engine. */
interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/**
 * A proxy between a command and the real engine. It holds a request, and all later ones, until the test
 * releases it.
 */
export interface EngineGate {
  /** The environment of the command, with the address of the gate. */
  readonly environment: { readonly DOCKER_HOST: string };
  /** Resolves once a request is held. */
  readonly held: Promise<void>;
  open(): void;
  close(): void;
}

/** @param holds selects the request to hold: the first match */
export async function engineGate(holds: (asked: Asked) => boolean): Promise<EngineGate> {
  const held = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const proxy = await engineProxy(async (asked) => {
    if (!holds(asked)) return {};
    held.resolve();
    await opened.promise;
    return {};
  });
  return {
    environment: proxy.environment,
    held: held.promise,
    open: opened.resolve,
    close() {
      opened.resolve();
      proxy.close();
    },
  };
}

/** A proxy to the real engine that reports another time than the engine's own. */
export interface EngineClock extends Pick<EngineGate, "environment" | "close"> {
  /** Milliseconds ahead of the engine. Negative: behind. */
  setAhead(ahead: number): void;
}

/** @param ahead milliseconds @default until the test sets it, the engine's own time */
export async function engineClock(ahead = 0): Promise<EngineClock> {
  let offset = ahead;
  const change = (answer: string) => {
    const info = JSON.parse(answer);
    return JSON.stringify({ ...info, SystemTime: new Date(Date.parse(info.SystemTime) + offset) });
  };
  const proxy = await engineProxy(({ path }) => ({
    ahead: offset,
    ...(path.startsWith("/info") && { change }),
  }));
  return {
    ...proxy,
    setAhead(changed) {
      offset = changed;
    },
  };
}

/** What a proxy does with a request, other than to pass it on. */
interface Intervention {
  /** The status and message of a refusal, as of an authorization plugin. */
  readonly refusal?: { readonly status: number; readonly message: string };
  /** The milliseconds by which the answer's Date is ahead of the engine's own. @default 0 */
  readonly ahead?: number;
  /** The API version that the answer reports. @default the engine's own */
  readonly apiVersion?: string;
  /** Changes the text of the answer. */
  readonly change?: (answer: string) => string;
  /** Begins the answer at once, and passes the request on only after this. */
  readonly late?: Promise<unknown>;
}

/** Passes requests to the real engine, and intervenes in some. */
export async function engineProxy(
  intervene: (asked: Asked) => Intervention | Promise<Intervention>,
): Promise<Pick<EngineGate, "environment" | "close">> {
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-gate-"));
  const socket = path.join(folder, "docker.sock");
  const server = createServer(async (asked, answer) => {
    const body = await buffer(asked);
    const { method = "", url = "" } = asked;
    const {
      refusal,
      ahead = 0,
      apiVersion,
      change,
      late,
    } = await intervene({ method, path: url, body: body.toString() });
    if (refusal) {
      answer.writeHead(refusal.status, { "content-type": "application/json" });
      answer.end(JSON.stringify({ message: refusal.message }));
      return;
    }
    if (late) {
      answer.writeHead(200).flushHeaders();
      await late;
    }
    const real = passOn(asked);
    real.once("error", () => answer.destroy());
    // The engine learns that a client is gone.
    answer.once("close", () => real.destroy());
    real.once("response", async (given: IncomingMessage) => {
      if (change) return void answer.end(change(await text(given)));
      const date = new Date(Date.parse(given.headers.date ?? "") + ahead).toUTCString();
      if (!answer.headersSent)
        answer.writeHead(given.statusCode ?? 500, {
          ...given.headers,
          date,
          ...(apiVersion && { "api-version": apiVersion }),
        });
      // A client that attaches to a container starts it only then.
      answer.flushHeaders();
      given.pipe(answer);
    });
    real.end(body);
  });
  // The connection of a program in a container, which both sides use freely: passed on as it is.
  server.on("upgrade", ({ method, url, rawHeaders }, client, first) => {
    const headers = rawHeaders.map((word, index) => (index % 2 === 0 ? `${word}: ` : `${word}\r\n`));
    const real = connect(engineSocket());
    real.write(`${method} ${url} HTTP/1.1\r\n${headers.join("")}\r\n`);
    real.write(first);
    client.pipe(real).pipe(client);
    client.once("error", () => real.destroy());
    real.once("error", () => client.destroy());
  });
  // An engine never closes an idle connection either.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    environment: { DOCKER_HOST: `unix://${socket}` },
    close() {
      server.close();
      server.closeAllConnections();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function passOn({ method, url, headers }: IncomingMessage): ClientRequest {
  return httpRequest({ socketPath: engineSocket(), method, path: url, headers });
}

function engineSocket(): string {
  return engineHost(process.env).host.replace(/^unix:\/\//, "");
}
