import type { ClientRequest, IncomingMessage } from "node:http";
import type { Readable } from "node:stream";

/** Milliseconds of silence until TCP probes a connection. A vanished machine sends nothing that ends it. */
const KEEP_ALIVE = 10_000;

/** Until when an answer must begin. */
export interface AnswerLimit {
  readonly milliseconds: number;
  /** The message of the error after that. */
  readonly message: string;
}

/** Sends the body of a request, and waits for the head of its answer. */
export function answerOf(
  request: ClientRequest,
  body: Readable | string | undefined,
  limit: AnswerLimit | undefined,
): Promise<IncomingMessage> {
  request.setSocketKeepAlive(true, KEEP_ALIVE);
  return new Promise((resolve, reject) => {
    // Not the timeout of the request, which what is sent and received renews.
    const timer = limit && setTimeout(() => request.destroy(new Error(limit.message)), limit.milliseconds);
    request.once("error", reject);
    request.once("response", (answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    request.once("close", () => clearTimeout(timer));
    if (typeof body !== "object") return void request.end(body);
    body.once("error", (error) => request.destroy(error)).pipe(request);
    // A refused body is read no further: whoever makes it lets go of its files.
    request.once("close", () => body.destroy());
  });
}
