import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import path from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { createEmptyVolume, removeVolume } from "../../src/docker/empty-volume.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import {
  holdLease,
  isHeld,
  LeaseLost,
  readLeases,
  waitForRemoval,
  withLease,
} from "../../src/docker/lease.ts";
import { engineTime } from "../../src/docker/owned-resources.ts";
import { removeOwned } from "../../src/docker/remove-owned.ts";
import { ownProcessMark } from "../../src/machine/process-mark.ts";
import { LABEL } from "../../src/model/labels.ts";
import { eventually } from "../eventually.ts";
import { deadHolder, ELSEWHERE, leaseLabels, type TestLease } from "./lease-labels.ts";

const STACK = `lease-${randomBytes(4).toString("hex")}`;
const OWNER = `nestbox-test/${STACK}/000000`;
const LABELS = { [LABEL.owner]: OWNER, [LABEL.project]: "nestbox-test", [LABEL.stack]: STACK };
const engine = engineHost();

afterEach(async () => {
  await removeOwned(OWNER);
});

async function volumes(): Promise<readonly string[]> {
  return (await readLeases(engine, OWNER)).map(({ volume }) => volume).sort();
}

/** A lease of another process. */
async function leave(lease: Omit<TestLease, "expires">, sinceNow: number): Promise<void> {
  const expires = (await engineTime(engine)) + sinceNow;
  await createEmptyVolume(
    engine,
    `${STACK}_lease-left`,
    leaseLabels({ ...lease, owner: OWNER, stack: STACK, expires }),
  );
}

const waits = (owner = OWNER) => waitForRemoval(engine, owner, () => {});

describe("a lease of removal", () => {
  test("makes users of the stack wait until it is over, and nobody else", async () => {
    let hasRemoved = false;
    let waiting: Promise<boolean> | undefined;
    await withLease(engine, { labels: LABELS, covers: "removal" }, async () => {
      expect(await waits("nestbox-test/another/000000")).toBe(false);
      await new Promise<void>((resolve) => {
        waiting = waitForRemoval(engine, OWNER, resolve).then((hasWaited) => hasWaited && hasRemoved);
      });
      hasRemoved = true;
    });
    expect(await waiting).toBe(true);
    expect(await volumes()).toEqual([]);
    expect(await waits()).toBe(false);
  });

  test.each([
    ["that has expired", ELSEWHERE, -1000],
    ["whose holder is dead on this machine", deadHolder(), 20_000],
    ["that ends later than any renewal sets it", ELSEWHERE, 3_600_000],
  ])("%s counts for nothing, and is removed", async (_, holder, sinceNow) => {
    await leave({ covers: "removal", holder }, sinceNow);
    expect(await waits()).toBe(false);
    expect(await volumes()).toEqual([]);
  });

  test("of another machine counts until it expires", async () => {
    await leave({ covers: "removal", holder: ELSEWHERE }, 1000);
    expect(await waits()).toBe(true);
    expect(await volumes()).toEqual([]);
  });
});

test("a lease is released when the work fails", async () => {
  const failing = withLease(engine, { labels: LABELS, covers: "work" }, () =>
    Promise.reject(new Error("no")),
  );
  await expect(failing).rejects.toThrow("no");
  expect(await volumes()).toEqual([]);
});

test("a lease is renewed before it expires, under the same id, and is held at every moment", async () => {
  await withLease(engine, { labels: LABELS, covers: "work", length: 3000 }, async ({ id, lost }) => {
    const [first] = await volumes();
    await eventually(
      async () => {
        const now = await engineTime(engine);
        const held = (await readLeases(engine, OWNER)).filter((lease) => isHeld(lease, now));
        expect(held).not.toEqual([]);
        expect(new Set(held.map((lease) => lease.id))).toEqual(new Set([id]));
        expect(await volumes()).not.toContain(first);
      },
      { within: "30s" },
    );
    expect(lost.aborted).toBe(false);
  });
  expect(await volumes()).toEqual([]);
});

test("a holder whose lease somebody has removed learns it, and leaves no other behind", async () => {
  const lease = await holdLease(engine, { labels: LABELS, covers: "work", length: 600 });
  const [volume = ""] = await volumes();
  await removeVolume(engine, volume);
  await eventually(async () => expect(lease.lost.aborted).toBe(true), { within: "30s" });
  expect(lease.lost.reason).toBeInstanceOf(LeaseLost);
  expect(String(lease.lost.reason.message)).toBe(
    `stack ${STACK}: the lease of work of this process was removed, by another command or by hand; ` +
      "run the command again",
  );
  await lease.release();
  expect(await volumes()).toEqual([]);
});

test("a holder confirms its lease as often as it likes, until somebody has removed it", async () => {
  await withLease(engine, { labels: LABELS, covers: "removal" }, async (lease) => {
    await Promise.all([lease.confirm(), lease.confirm(), lease.confirm()]);
    const [volume = "", ...others] = await volumes();
    expect(others).toEqual([]);
    await removeVolume(engine, volume);
    await expect(lease.confirm()).rejects.toThrow(LeaseLost);
    await expect(lease.confirm()).rejects.toThrow(LeaseLost);
    expect(lease.lost.aborted).toBe(true);
  });
  expect(await volumes()).toEqual([]);
});

test("a process that was frozen past its lease learns who has taken over, once it is woken", async () => {
  const source = (file: string) => JSON.stringify(path.resolve(__dirname, "../../src/docker", file));
  const program = `
    const { holdLease } = await import(${source("lease.ts")});
    const { engineHost } = await import(${source("engine-host.ts")});
    const labels = ${JSON.stringify(LABELS)};
    const lease = await holdLease(engineHost(), { labels, covers: "work", length: 1500 });
    console.log("held");
    lease.lost.addEventListener("abort", async () => {
      console.log(lease.lost.reason.message);
      await lease.release();
      clearInterval(running);
    });
    const running = setInterval(() => {}, 1000);
  `;
  const frozen = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  frozen.stdout.on("data", (data) => {
    output += data;
  });
  const ended = new Promise((resolve) => frozen.once("exit", resolve));
  await eventually(async () => expect(output).toContain("held"), { within: "30s" });
  frozen.kill("SIGSTOP");
  const [held] = await readLeases(engine, OWNER);
  await eventually(
    async () => {
      const now = await engineTime(engine);
      expect((await readLeases(engine, OWNER)).filter((lease) => isHeld(lease, now))).toEqual([]);
    },
    { within: "30s" },
  );
  await withLease(engine, { labels: LABELS, covers: "removal" }, async () => {
    const work = (await readLeases(engine, OWNER)).filter(({ covers }) => covers === "work");
    for (const { volume } of work) await removeVolume(engine, volume);
    frozen.kill("SIGCONT");
    await ended;
  });
  expect(held?.holder).toContain(` ${frozen.pid} `);
  expect(output).toContain(
    `stack ${STACK}: process ${process.pid} of ${ownProcessMark().split(" ")[0]} has taken over`,
  );
  expect(await volumes()).toEqual([]);
});
