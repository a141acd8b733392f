import { connect } from "node:net";
import { lineCutter } from "../../machine/lines.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { ServicesFailed } from "../../sandbox/services-failed.ts";
import type { HeldSandbox, HoldAnswer, HoldFailure, HoldRequest } from "./messages.ts";

/** A sandbox that a holder has for this process. */
export interface Held {
  readonly sandbox: HeldSandbox;
  /** Aborted once the holder is gone, and the sandbox with it. */
  readonly lost: AbortSignal;
  /** Ends the connection. A sandbox without a slot is removed. */
  release(): void;
}

/**
 * Asks a holder for a sandbox, and waits until it is ready.
 * @param socket the path of the holder's socket
 * @throws ServicesFailed, ConfigurationError: as `start`
 */
export function holdSandbox(socket: string, request: HoldRequest): Promise<Held> {
  return new Promise((resolve, reject) => {
    const lost = new AbortController();
    const cutter = lineCutter();
    const client = connect(socket, () => client.write(`${JSON.stringify(request)}\n`));
    const release = () => client.destroy();
    client.on("data", (data) => {
      for (const line of cutter.add(data)) {
        const { held, failed } = JSON.parse(line) as HoldAnswer;
        if (held === undefined) {
          release();
          reject(errorOf(failed));
        } else {
          // The connection must not keep the process running.
          client.unref();
          resolve({ sandbox: held, lost: lost.signal, release });
        }
      }
    });
    client.on("error", () => {});
    client.once("close", () => {
      const gone = new Error(
        "the process that holds the sandboxes of this test run has ended; start the tests again",
      );
      lost.abort(gone);
      reject(gone);
    });
  });
}

function errorOf({ message, isMistake, services }: HoldFailure): Error {
  if (services !== undefined) return new ServicesFailed(message, services);
  return isMistake ? new ConfigurationError(message) : new Error(message);
}
