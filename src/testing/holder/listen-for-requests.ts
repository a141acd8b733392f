import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import path from "node:path";
import { contentHash } from "../../machine/content-hash.ts";
import { lineCutter } from "../../machine/lines.ts";
import { lockFolders, requireOwnFolder } from "../../machine/lock-folder.cjs";
import { ConfigurationError } from "../../model/problem.ts";
import { ServicesFailed } from "../../sandbox/services-failed.ts";
import type { HeldSandbox, HoldAnswer, HoldFailure, HoldRequest } from "./messages.ts";

/** A sandbox that a request asks for, and how to start it. */
export interface WantedSandbox {
  readonly name: string;
  /** Equal for requests whose sandboxes would be equal. */
  readonly fingerprint: string;
  start(signal: AbortSignal): Promise<StartedForTests>;
}

export interface StartedForTests {
  readonly held: HeldSandbox;
  remove(): Promise<void>;
}

export interface Holder {
  /** The path of its socket, in a folder that only this user may enter. */
  readonly socket: string;
  /** Removes all sandboxes. */
  close(): Promise<void>;
}

/** A sandbox that is held. */
interface Hold extends Pick<HoldRequest, "slot" | "stays"> {
  readonly name: string;
  readonly clients: Set<Socket>;
  readonly started: Promise<StartedForTests>;
  readonly end: AbortController;
}

/**
 * Holds sandboxes for clients that connect to a socket. A sandbox that stays goes once the holder is
 * closed, or once its slot gets another plan of that name and no client uses this one.
 * @param want finds what a request asks for
 */
export async function listenForRequests(
  want: (request: HoldRequest) => Promise<WantedSandbox>,
): Promise<Holder> {
  const holds = new Map<string, Hold>();
  const connections = new Set<Socket>();
  const removals = new Set<Promise<void>>();
  const remove = (key: string, hold: Hold) => {
    holds.delete(key);
    hold.end.abort();
    const removal = hold.started.then(
      (started) => started.remove(),
      () => {},
    );
    removals.add(removal);
    // Its lease ends a sandbox that cannot be removed now.
    removal.catch(() => {}).finally(() => removals.delete(removal));
  };
  /** Removes sandboxes without clients whose slot has a later plan. */
  const removeReplaced = () => {
    const all = [...holds];
    for (const [index, [key, hold]] of all.entries()) {
      const later = all
        .slice(index + 1)
        .some(([, { slot, name }]) => slot === hold.slot && name === hold.name);
      if (later && hold.clients.size === 0) remove(key, hold);
    }
  };
  const answer = async (request: HoldRequest, client: Socket): Promise<HoldAnswer> => {
    const wanted = await want(request);
    if (client.destroyed) throw new Error("the client has gone; nothing is started for it");
    const key = contentHash(request.slot, wanted.fingerprint);
    const hold = holds.get(key) ?? begin(key, request, wanted);
    hold.clients.add(client);
    client.once("close", () => {
      hold.clients.delete(client);
      if (!hold.stays && hold.clients.size === 0) remove(key, hold);
      removeReplaced();
    });
    return { held: (await hold.started).held };
  };
  const begin = (key: string, { slot, stays }: HoldRequest, wanted: WantedSandbox): Hold => {
    const end = new AbortController();
    const hold = {
      slot,
      stays,
      name: wanted.name,
      clients: new Set<Socket>(),
      started: wanted.start(end.signal),
      end,
    };
    holds.set(key, hold);
    hold.started.catch(() => holds.delete(key));
    removeReplaced();
    return hold;
  };
  const server = createServer((client) => {
    connections.add(client);
    client.on("error", () => {}).once("close", () => connections.delete(client));
    const cutter = lineCutter();
    client.on("data", async (data) => {
      for (const line of cutter.add(data)) {
        const given = await answer(JSON.parse(line) as HoldRequest, client).catch((error: unknown) => ({
          failed: failureOf(error),
        }));
        if (client.writable) client.write(`${JSON.stringify(given)}\n`);
      }
    });
  });
  const socket = await listenInOwnFolder(server);
  return {
    socket,
    async close() {
      rmSync(socket, { force: true });
      server.close();
      for (const client of connections) client.destroy();
      for (const [key, hold] of holds) remove(key, hold);
      await Promise.allSettled(removals);
    },
  };
}

/** Listens in the first folder that allows it: home folders may be read-only or without sockets. */
async function listenInOwnFolder(server: ReturnType<typeof createServer>): Promise<string> {
  const folders = lockFolders();
  for (const [index, folder] of folders.entries()) {
    const socket = path.join(folder, `tests-${process.pid}-${randomBytes(4).toString("hex")}`);
    try {
      requireOwnFolder(folder);
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject).listen(socket, resolve);
      });
      return socket;
    } catch (error) {
      if (index === folders.length - 1) throw error;
    }
  }
  throw new Error("no folder for a socket; set HOME to a folder that can be written");
}

function failureOf(error: unknown): HoldFailure {
  const { message = String(error) } = Object(error) as Partial<Error>;
  return {
    message,
    isMistake: error instanceof ConfigurationError,
    ...(error instanceof ServicesFailed && { services: error.services }),
  };
}
