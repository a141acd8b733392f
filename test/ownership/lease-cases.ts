import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { ownProcessMark } from "../../src/machine/process-mark.ts";
import { LABEL } from "../../src/model/labels.ts";
import {
  holdLease,
  isHeld,
  type Lease,
  LeaseLost,
  readLeases,
  waitForRemoval,
  withLease,
} from "../../src/ownership/lease.ts";
import type { LeaseStore } from "../../src/ownership/lease-store.ts";
import { withClockAhead } from "../e2e/machine-doubles.ts";
import { eventually } from "../eventually.ts";
import { deadHolder, ELSEWHERE, leaseLabels, type TestLease } from "./lease-labels.ts";

/** The leases of a place. */
export interface TestedLeases {
  readonly store: LeaseStore;
  /** An expression for the same store in a process of its own, after these imports of `src/`. */
  readonly expression: string;
  readonly imports: Readonly<Record<string, string>>;
  readonly environment?: NodeJS.ProcessEnv;
}

const STACK = `lease_${randomBytes(4).toString("hex")}`;
const OWNER = `nestbox-test/${STACK}/000000`;
const LABELS = { [LABEL.owner]: OWNER, [LABEL.project]: "nestbox-test", [LABEL.stack]: STACK };

/** The rules of leases, on a real place. */
export function leaseCases(open: () => TestedLeases): void {
  let place: TestedLeases;
  let store: LeaseStore;
  const started: ChildProcess[] = [];

  beforeAll(() => {
    place = open();
    store = place.store;
  });

  afterEach(async () => {
    // A frozen one would outlive a failed test.
    for (const child of started.splice(0)) child.kill("SIGKILL");
    for (const lease of await leases()) await store.remove(lease);
  });

  async function leases(): Promise<readonly Lease[]> {
    return readLeases(store, OWNER);
  }

  async function revisions(): Promise<readonly string[]> {
    return (await leases()).map(({ revision }) => revision);
  }

  async function removeAll(): Promise<void> {
    for (const lease of await leases()) await store.remove(lease);
  }

  /** A lease of another process. */
  async function leave(lease: Omit<TestLease, "expires">, sinceNow: number): Promise<void> {
    const now = await store.now();
    const times = { expires: now + sinceNow, renewed: now - 60_000 };
    await store.create(leaseLabels({ ...lease, ...times, owner: OWNER, stack: STACK }));
  }

  const waits = (owner = OWNER) => waitForRemoval(store, owner, () => {});

  /** A process that holds a lease, and prints why it has lost it. */
  function holder(
    length: number,
    environment: NodeJS.ProcessEnv = {},
  ): { output(): string; child: ChildProcess } {
    const imports = { "ownership/lease.ts": "holdLease", ...place.imports };
    const program = `
      ${Object.entries(imports)
        .map(([file, name]) => `const { ${name} } = await import(${JSON.stringify(source(file))});`)
        .join("\n")}
      const request = { labels: ${JSON.stringify(LABELS)}, covers: "work", length: ${length} };
      const lease = await holdLease(${place.expression}, request);
      console.log("held");
      const running = setInterval(() => {}, 1000);
      lease.lost.addEventListener("abort", async () => {
        console.log(lease.lost.reason.message);
        await lease.release();
        clearInterval(running);
      });
    `;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      env: { ...process.env, ...place.environment, ...environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    started.push(child);
    let output = "";
    child.stdout.on("data", (data) => {
      output += data;
    });
    return { child, output: () => output };
  }

  describe("a lease of removal", () => {
    test("makes users of the stack wait until it is over, and nobody else", async () => {
      let hasRemoved = false;
      let waiting: Promise<boolean> | undefined;
      await withLease(store, { labels: LABELS, covers: "removal" }, async () => {
        expect(await waits("nestbox-test/another/000000")).toBe(false);
        await new Promise<void>((resolve) => {
          waiting = waitForRemoval(store, OWNER, resolve).then((hasWaited) => hasWaited && hasRemoved);
        });
        hasRemoved = true;
      });
      expect(await waiting).toBe(true);
      expect(await leases()).toEqual([]);
      expect(await waits()).toBe(false);
    });

    test.each([
      ["that has expired", ELSEWHERE, -1000],
      ["whose holder is dead on this machine", deadHolder(), 20_000],
      ["that ends later than any renewal sets it", ELSEWHERE, 3_600_000],
    ])("%s counts for nothing, and is removed", async (_, mark, sinceNow) => {
      await leave({ covers: "removal", holder: mark }, sinceNow);
      expect(await waits()).toBe(false);
      expect(await leases()).toEqual([]);
    });

    test("of another machine counts until it expires", async () => {
      await leave({ covers: "removal", holder: ELSEWHERE }, 2000);
      expect(await waits()).toBe(true);
      expect(await leases()).toEqual([]);
    });
  });

  test("a lease is read as it was written", async () => {
    const now = await store.now();
    for (const expires of [now + 90_000, "never"] as const)
      await store.create(
        leaseLabels({
          owner: OWNER,
          stack: STACK,
          id: "one",
          covers: "stack",
          holder: "h 1",
          expires,
          renewed: now,
        }),
      );
    const read = await leases();
    expect(read.map(({ expires }) => String(expires)).sort()).toEqual([String(now + 90_000), "never"].sort());
    for (const lease of read)
      expect(lease).toMatchObject({ id: "one", owner: OWNER, covers: "stack", holder: "h 1", renewed: now });
  });

  test("a lease is released when the work fails", async () => {
    const failing = withLease(store, { labels: LABELS, covers: "work" }, () =>
      Promise.reject(new Error("no")),
    );
    await expect(failing).rejects.toThrow("no");
    expect(await leases()).toEqual([]);
  });

  test("a lease is renewed before it expires, under the same id, and is held at every moment", async () => {
    await withLease(store, { labels: LABELS, covers: "work", length: 3000 }, async ({ id, lost }) => {
      const [first] = await revisions();
      await eventually(
        async () => {
          const now = await store.now();
          const held = (await leases()).filter((lease) => isHeld(lease, now));
          expect(held).not.toEqual([]);
          expect(new Set(held.map((lease) => lease.id))).toEqual(new Set([id]));
          expect(await revisions()).not.toContain(first);
        },
        { within: "30s" },
      );
      expect(lost.aborted).toBe(false);
    });
    expect(await leases()).toEqual([]);
  });

  test("a lease that was renewed since it was read is not removed", async () => {
    await withLease(store, { labels: LABELS, covers: "work" }, async (lease) => {
      const [before] = await leases();
      // A renewal within one second of a cluster's clock changes nothing.
      await eventually(
        async () => {
          await lease.confirm();
          expect(await revisions()).not.toContain(before?.revision);
        },
        { within: "30s" },
      );
      if (before) await store.remove(before);
      expect(await leases()).toHaveLength(1);
      await lease.confirm();
    });
  });

  test("a holder whose lease somebody has removed learns it, and leaves no other behind", async () => {
    const lease = await holdLease(store, { labels: LABELS, covers: "work", length: 600 });
    // A renewal in between is another revision.
    await eventually(
      async () => {
        await removeAll();
        expect(lease.lost.aborted).toBe(true);
      },
      { within: "30s" },
    );
    expect(lease.lost.reason).toBeInstanceOf(LeaseLost);
    expect(String(lease.lost.reason.message)).toBe(
      `stack ${STACK}: the lease of work of this process was removed, by another command or by hand; ` +
        "run the command again",
    );
    await lease.release();
    expect(await leases()).toEqual([]);
  });

  test("a holder confirms its lease as often as it likes, until somebody has removed it", async () => {
    await withLease(store, { labels: LABELS, covers: "removal" }, async (lease) => {
      await Promise.all([lease.confirm(), lease.confirm(), lease.confirm()]);
      expect(await leases()).toHaveLength(1);
      await removeAll();
      await expect(lease.confirm()).rejects.toThrow(LeaseLost);
      await expect(lease.confirm()).rejects.toThrow(LeaseLost);
      expect(lease.lost.aborted).toBe(true);
    });
    expect(await leases()).toEqual([]);
  });

  test.each([10, -10])(
    "a holder whose clock is %d minutes ahead holds by the clock of the place",
    async (minutes) => {
      const folder = mkdtempSync(path.join(tmpdir(), "nestbox-lease-"));
      try {
        const { output } = holder(30_000, withClockAhead(folder, minutes));
        await eventually(async () => expect(output()).toContain("held"), { within: "30s" });
        const now = await store.now();
        const [lease] = await leases();
        expect(lease && isHeld(lease, now)).toBe(true);
        expect(lease && isHeld(lease, now + 31_000)).toBe(false);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  test("a process that was frozen past its lease learns who has taken over, once it is woken", async () => {
    const { child: frozen, output } = holder(1500);
    const ended = new Promise((resolve) => frozen.once("exit", resolve));
    await eventually(async () => expect(output()).toContain("held"), { within: "30s" });
    frozen.kill("SIGSTOP");
    const [held] = await leases();
    await eventually(
      async () => {
        const now = await store.now();
        expect((await leases()).filter((lease) => isHeld(lease, now))).toEqual([]);
      },
      { within: "30s" },
    );
    await withLease(store, { labels: LABELS, covers: "removal" }, async () => {
      for (const lease of await leases()) if (lease.covers === "work") await store.remove(lease);
      frozen.kill("SIGCONT");
      await ended;
    });
    expect(held?.holder).toContain(` ${frozen.pid} `);
    expect(output()).toContain(
      `stack ${STACK}: process ${process.pid} of ${ownProcessMark().split(" ")[0]} has taken over`,
    );
    expect(await leases()).toEqual([]);
  });
}

function source(file: string): string {
  return path.resolve(__dirname, "../../src", file);
}
