import { mkdtempSync, rmSync } from "node:fs";
import { type ClientRequest, createServer, request as httpRequest, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
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
  readonly environment: Readonly<Record<string, string>>;
  /** Resolves once a request is held. */
  readonly held: Promise<void>;
  open(): void;
  close(): void;
}

/** @param holds selects the request to hold: the first match */
export async function engineGate(holds: (asked: Asked) => boolean): Promise<EngineGate> {
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-gate-"));
  const socket = path.join(folder, "docker.sock");
  const held = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const server = createServer(async (asked, answer) => {
    const parts: Buffer[] = [];
    for await (const part of asked) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const { method = "", url = "" } = asked;
    if (holds({ method, path: url, body: body.toString() })) {
      held.resolve();
      await opened.promise;
    }
    const real = passOn(asked);
    real.once("error", () => answer.destroy());
    real.once("response", (given: IncomingMessage) => {
      answer.writeHead(given.statusCode ?? 500, given.headers);
      given.pipe(answer);
    });
    real.end(body);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    environment: { DOCKER_HOST: `unix://${socket}` },
    held: held.promise,
    open: opened.resolve,
    close() {
      opened.resolve();
      server.close();
      server.closeAllConnections();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function passOn({ method, url, headers }: IncomingMessage): ClientRequest {
  const socketPath = engineHost().host.replace(/^unix:\/\//, "");
  return httpRequest({ socketPath, method, path: url, headers });
}
