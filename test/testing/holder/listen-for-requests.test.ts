import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { ConfigurationError } from "../../../src/model/problem.ts";
import { ServicesFailed } from "../../../src/sandbox/services-failed.ts";
import { type Held, holdSandbox } from "../../../src/testing/holder/hold-sandbox.ts";
import { type Holder, listenForRequests } from "../../../src/testing/holder/listen-for-requests.ts";
import { eventually } from "../../eventually.ts";

// A holder whose sandboxes are numbers: the order in which they were started.

const present = new Set<string>();
let holder: Holder;

async function begin(fail?: () => Error): Promise<void> {
  let started = 0;
  holder = await listenForRequests(async ({ sandbox: name = "shop", context: fingerprint = "" }) => ({
    ...{ name, fingerprint: name + fingerprint },
    async start() {
      const error = fail?.();
      if (error !== undefined) throw error;
      started += 1;
      const owner = String(started);
      present.add(owner);
      return {
        held: { ...{ name, owner, addresses: [], secrets: {}, variables: {} } },
        remove: async () => void present.delete(owner),
      };
    },
  }));
}

afterEach(async () => {
  await holder.close();
  expect([...present]).toEqual([]);
  expect(existsSync(holder.socket)).toBe(false);
});

const stays = (slot: string, context?: string): Promise<Held> =>
  holdSandbox(holder.socket, { slot, stays: true, context });

const numberOf = async (held: Promise<Held>) => (await held).sandbox.owner;

test("clients of a slot share a sandbox, also one after the other; another slot has its own", async () => {
  await begin();
  expect(await Promise.all([stays("run"), stays("run"), stays("worker 1")].map(numberOf))).toEqual([
    "1",
    "1",
    "2",
  ]);
  const later = await stays("run");
  later.release();
  expect(await numberOf(stays("run"))).toBe("1");
});

test("a sandbox that does not stay goes with its last client", async () => {
  await begin();
  const hold = () => holdSandbox(holder.socket, { slot: "file", stays: false });
  const [one, other] = [await hold(), await hold()];
  one.release();
  expect(await numberOf(stays("run"))).toBe("2");
  expect([...present]).toEqual(["1", "2"]);
  other.release();
  await eventually(() => expect([...present]).toEqual(["2"]), { within: "30s" });
});

test("another plan replaces the one that nobody uses", async () => {
  await begin();
  const [used, unused] = [await stays("run", "used"), await stays("run", "unused")];
  unused.release();
  expect(await numberOf(stays("run", "changed"))).toBe("3");
  await eventually(() => expect([...present]).toEqual(["1", "3"]), { within: "30s" });
  expect(used.lost.aborted).toBe(false);
});

test("a failed start is the client's error, and is tried again", async () => {
  const errors: (Error | undefined)[] = [
    new ConfigurationError("shop: no value for the secret"),
    new ServicesFailed("shop.services.cache failed", { cache: { reason: "ended", output: ["oops"] } }),
    undefined,
  ];
  await begin(() => errors.shift() as Error);
  await expect(stays("run")).rejects.toThrow(ConfigurationError);
  await expect(stays("run")).rejects.toMatchObject({
    name: "ServicesFailed",
    services: { cache: { output: ["oops"] } },
  });
  expect(await numberOf(stays("run"))).toBe("1");
});

test("clients hear of the holder's end", async () => {
  await begin();
  const { lost } = await stays("run");
  await holder.close();
  await eventually(() => expect(lost.aborted).toBe(true), { within: "30s" });
});

test("only this user may enter the folder of the socket", async () => {
  await begin();
  expect(statSync(path.dirname(holder.socket)).mode & 0o077).toBe(0);
});
