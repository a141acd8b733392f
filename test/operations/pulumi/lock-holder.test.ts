import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import { describe, expect, test } from "@jest/globals";
import {
  holderState,
  localView,
  lockHolders,
  type ProcessView,
} from "../../../src/operations/pulumi/lock-holder.ts";

const LOCKED =
  "the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end " +
  "or delete the lock file with `pulumi cancel`.\n" +
  "  file:///s/.pulumi/locks/organization/p/a/1.json?no_tmp_dir=true: " +
  "created by root@vm (pid 99999) at 2026-11-24T00:00:00Z\n" +
  "  file:///s/.pulumi/locks/organization/p/a/2.json: created by ci@runner-1 (pid 7) at 2026-11-24T00:00:01Z";

test("the holders of a locked stack are read from Pulumi's error", () => {
  expect(lockHolders(["something else", LOCKED])).toEqual([
    { user: "root", host: "vm", pid: 99999, since: "2026-11-24T00:00:00Z" },
    { user: "ci", host: "runner-1", pid: 7, since: "2026-11-24T00:00:01Z" },
  ]);
});

test("another error names no holder", () => {
  expect(lockHolders(["created by root@vm (pid 1) at 2026-11-24T00:00:00Z"])).toEqual([]);
  expect(lockHolders([])).toEqual([]);
});

const MINUTE = 60_000;
const WRITTEN = Date.parse("2026-11-24T12:00:00Z");
const JOB_HOST = "runner-abc-project-1-concurrent-0";

/** The state of a holder with process id 7, seen from a machine "vm" that booted ten hours earlier. */
function judge({
  host = "vm",
  since = "2026-11-24T12:00:00Z",
  isOnlyJob = true,
  born = [],
  ...seen
}: Partial<ProcessView> & { since?: string; isOnlyJob?: boolean; born?: readonly number[] }): string {
  const view: ProcessView = {
    host,
    seesAllProcesses: true,
    bootedAt: WRITTEN - 600 * MINUTE,
    startedAt: WRITTEN - 600 * MINUTE,
    startTimesOf: (pid) => (pid === 7 ? born : []),
    isCiJob: false,
    now: WRITTEN + 5 * MINUTE,
    ...seen,
  };
  return holderState({ user: "me", host, pid: 7, since }, view, { isOnlyJob });
}

describe("on a machine with all processes visible", () => {
  test.each([
    ["was started before the lock", [WRITTEN - 900], "running"],
    ["was started when the lock was written, within the clock correction", [WRITTEN + 5000], "running"],
    ["was started later", [WRITTEN + MINUTE], "dead"],
    ["has two processes, one started later", [WRITTEN + MINUTE, WRITTEN - 900], "running"],
    ["has no process", [], "dead"],
  ])("a holder with an id that %s", (_, born, state) => {
    expect(judge({ born })).toBe(state);
  });

  test("an unreadable time gives no answer", () => {
    expect(judge({ since: "" })).toBe("unknown");
  });
});

describe("in a container", () => {
  const young = { seesAllProcesses: false, startedAt: WRITTEN + MINUTE };
  const old = { seesAllProcesses: false };

  test("in a job slot, an earlier job has ended unless several jobs run at once", () => {
    const job = { ...young, host: JOB_HOST, isCiJob: true };
    expect(judge(job)).toBe("dead");
    expect(judge({ ...job, born: [WRITTEN + MINUTE] })).toBe("dead");
    expect(judge({ ...job, isOnlyJob: false })).toBe("unknown");
    expect(judge({ ...job, startedAt: WRITTEN - MINUTE, born: [WRITTEN - 900] })).toBe("running");
  });

  test("with the machine's host name, another container may hold the lock, but not since before boot", () => {
    expect(judge({ ...young, isCiJob: true })).toBe("unknown");
    expect(judge({ ...old, isCiJob: true })).toBe("unknown");
    expect(judge({ ...young })).toBe("unknown");
    expect(judge({ ...young, bootedAt: WRITTEN + MINUTE / 2 })).toBe("dead");
  });

  test("a developer's container is the only one with its host name", () => {
    expect(judge({ ...old })).toBe("dead");
    expect(judge({ ...old, born: [WRITTEN - 900] })).toBe("running");
  });

  test("with a unique host name, only its own processes hold the lock", () => {
    expect(judge({ ...young, host: "0a1b2c3d4e5f", isCiJob: true })).toBe("dead");
  });
});

describe("on another host", () => {
  const elsewhere = (host: string, seen: Partial<ProcessView>) =>
    holderState(
      { user: "ci", host, pid: 7, since: "2026-11-24T12:00:00Z" },
      { ...localView({}), now: WRITTEN + 71 * MINUTE, ...seen },
      { isOnlyJob: true },
    );

  test("a job has ended after its timeout", () => {
    expect(elsewhere(JOB_HOST, { jobTimeout: 60 * MINUTE })).toBe("dead");
    expect(elsewhere(`${JOB_HOST}-x1y2z3`, { jobTimeout: 60 * MINUTE })).toBe("dead");
    expect(elsewhere(JOB_HOST, { jobTimeout: 62 * MINUTE })).toBe("unknown");
    expect(elsewhere(JOB_HOST, {})).toBe("unknown");
  });

  test("any other holder is unknown", () => {
    expect(elsewhere("elsewhere", { jobTimeout: MINUTE })).toBe("unknown");
  });
});

test("a local process differs from a later one with its id, and from one that has ended", async () => {
  const child = spawn("cat");
  await once(child, "spawn");
  const holder = (pid: number | undefined, since: number) => ({
    user: "me",
    host: hostname(),
    pid: pid ?? 0,
    since: new Date(since).toISOString(),
  });
  const judged = (pid: number | undefined, since: number) =>
    holderState(holder(pid, since), localView({}), { isOnlyJob: true });
  expect(judged(child.pid, Date.now())).toBe("running");
  // Another user's process, unless the test runs as root.
  expect(judged(1, Date.now())).toBe("running");
  if (process.platform === "linux" && localView({}).startedAt < Date.now() - MINUTE)
    expect(judged(child.pid, Date.now() - MINUTE)).toBe("dead");
  child.stdin.end();
  await once(child, "exit");
  expect(judged(child.pid, Date.now())).toBe("dead");
  expect(judged(spawnSync("true").pid, Date.now())).toBe("dead");
});
