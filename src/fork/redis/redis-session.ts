import { connectedSocket } from "../connected-socket.ts";
import { ConnectionEnded } from "../connection-ended.ts";
import { commandText, isErrorAnswer, type RedisAnswer, readAnswer } from "./redis-protocol.ts";

/** The server refused a command. */
export class RedisRefused extends Error {
  override readonly name = "RedisRefused";
}

/** One connection to a Redis or Valkey server. Commands run in their order. */
export interface RedisSession {
  /** Runs a command, word by word. @throws RedisRefused with the answer of the server; ConnectionEnded */
  run(...words: readonly (string | number)[]): Promise<RedisAnswer>;
  readonly closed: () => boolean;
  close(): void;
}

/** A command that waits for its answer. */
interface Waiting {
  readonly command: string;
  readonly resolve: (answer: RedisAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Connects to a server. The connection keeps the process alive only while a command runs. */
export async function openRedisSession(host: string, port: number): Promise<RedisSession> {
  const address = `${host}:${port}`;
  const socket = await connectedSocket(host, port);
  const waiting: Waiting[] = [];
  let received = Buffer.alloc(0);
  let hasEnded = false;
  const end = (error: Error) => {
    hasEnded = true;
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  socket.on("data", (data) => {
    received = Buffer.concat([received, data]);
    for (let read = readAnswer(received, 0); read !== undefined; read = readAnswer(received, 0)) {
      received = received.subarray(read.end);
      const next = waiting.shift();
      if (waiting.length === 0) socket.unref();
      const { answer } = read;
      if (isErrorAnswer(answer))
        next?.reject(new RedisRefused(`${address}: ${next.command} was refused: ${answer.error}`));
      else next?.resolve(answer);
    }
  });
  socket.on("error", end);
  socket.on("close", () => end(new ConnectionEnded(address)));
  socket.unref();
  return {
    run: (...words) =>
      new Promise((resolve, reject) => {
        if (hasEnded) return reject(new ConnectionEnded(address));
        waiting.push({ command: String(words[0]), resolve, reject });
        socket.ref();
        socket.write(commandText(words));
      }),
    closed: () => hasEnded,
    close() {
      hasEnded = true;
      socket.destroy();
    },
  };
}
