import type { Socket } from "node:net";
import { connectedSocket } from "../connected-socket.ts";
import { ConnectionEnded } from "../connection-ended.ts";
import type { ForkSource } from "../fork.ts";
import {
  columnName,
  errorIn,
  firstChallenge,
  isEnd,
  loginPayload,
  NATIVE_PASSWORD,
  nativeAnswer,
  nextChallenge,
  packetOf,
  type ReadPacket,
  readPacket,
  statementPayload,
  textsIn,
} from "./mariadb-protocol.ts";

/** The server refused a statement or a login. */
export class MariaDbRefused extends Error {
  override readonly name = "MariaDbRefused";
  /** https://mariadb.com/docs/server/reference/error-codes */
  readonly code: number;

  constructor(address: string, code: number, message: string) {
    super(`${address}: ${message} (error ${code})`);
    this.code = code;
  }
}

/** The values of a row, by the names of their columns. */
export type Row = Readonly<Record<string, string | null>>;

/** One connection to a MariaDB server. Statements run in their order. */
export interface MariaDbSession {
  /** Runs a statement. @throws MariaDbRefused; ConnectionEnded */
  run(statement: string): Promise<readonly Row[]>;
  readonly closed: () => boolean;
  close(): void;
}

/**
 * Connects as the user of a service. The connection keeps the process alive only while a statement runs.
 * @throws MariaDbRefused for a login that is wrong
 */
export async function openMariaDbSession({ values }: Pick<ForkSource, "values">): Promise<MariaDbSession> {
  const [host, port] = [String(values.host), Number(values.port)];
  const address = `${host}:${port}`;
  const socket = await connectedSocket(host, port);
  const packets = packetsOf(socket, address);
  try {
    await logIn(packets, { address, user: String(values.user), password: String(values.password) });
  } catch (error) {
    socket.destroy();
    throw error;
  }
  socket.unref();
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  const runNow = async (statement: string) => {
    packets.send(0, statementPayload(statement));
    return answerOf(packets);
  };
  return {
    async run(statement) {
      waiting += 1;
      socket.ref();
      const result = last.then(() => runNow(statement));
      last = result.catch(() => {});
      try {
        return await result;
      } finally {
        waiting -= 1;
        if (waiting === 0) socket.unref();
      }
    },
    closed: packets.closed,
    close: () => socket.destroy(),
  };
}

interface Packets {
  /** The next packet. Refused if the answer is an error. @throws MariaDbRefused; ConnectionEnded */
  next(): Promise<ReadPacket>;
  send(sequence: number, payload: Buffer): void;
  readonly closed: () => boolean;
}

function packetsOf(socket: Socket, address: string): Packets {
  const arrived: ReadPacket[] = [];
  let wake = () => {};
  let received = Buffer.alloc(0);
  let offset = 0;
  let ended: Error | undefined;
  socket.on("data", (data) => {
    received = Buffer.concat([received.subarray(offset), data]);
    offset = 0;
    for (let read = readPacket(received, 0); read !== undefined; read = readPacket(received, offset)) {
      arrived.push(read);
      offset = read.end;
    }
    wake();
  });
  const end = (error: Error) => {
    ended ??= error;
    wake();
  };
  socket.on("error", end);
  socket.on("close", () => end(new ConnectionEnded(address)));
  return {
    async next() {
      for (;;) {
        const packet = arrived.shift();
        const error = packet && errorIn(packet.payload);
        if (error !== undefined) throw new MariaDbRefused(address, error.code, error.message);
        if (packet !== undefined) return packet;
        if (ended !== undefined) throw ended;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    send: (sequence, payload) => socket.write(packetOf(sequence, payload)),
    closed: () => ended !== undefined,
  };
}

interface Login {
  readonly address: string;
  readonly user: string;
  readonly password: string;
}

async function logIn(packets: Packets, { address, user, password }: Login): Promise<void> {
  const greeting = await packets.next();
  const { salt } = firstChallenge(greeting.payload);
  // The server changes the method for a user of another one.
  const answer = nativeAnswer(password, salt);
  packets.send(greeting.sequence + 1, loginPayload(user, { method: NATIVE_PASSWORD }, answer));
  const { payload, sequence } = await packets.next();
  const changed = nextChallenge(payload);
  if (changed === undefined) return;
  if (changed.method !== NATIVE_PASSWORD)
    throw new MariaDbRefused(address, 0, `user ${user} logs in by ${changed.method}, which forks lack`);
  packets.send(sequence + 1, nativeAnswer(password, changed.salt));
  await packets.next();
}

async function answerOf(packets: Packets): Promise<readonly Row[]> {
  const { payload: first } = await packets.next();
  if (first[0] === 0) return [];
  const names = (await payloadsToEnd(packets)).map(columnName);
  return (await payloadsToEnd(packets)).map((payload) => {
    const texts = textsIn(payload);
    return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? null]));
  });
}

async function payloadsToEnd(packets: Packets): Promise<readonly Buffer[]> {
  const payloads: Buffer[] = [];
  for (;;) {
    const { payload } = await packets.next();
    if (isEnd(payload)) return payloads;
    payloads.push(payload);
  }
}
