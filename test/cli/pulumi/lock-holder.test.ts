import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import { describe, expect, test } from "@jest/globals";
import { judgeHolder, lockHolders, type Witness, witnessHere } from "../../../src/cli/pulumi/lock-holder.ts";

const LOCKED =
  "the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.\n" +
  "  file:///s/.pulumi/locks/organization/p/a/1.json?no_tmp_dir=true: created by root@vm (pid 99999) at 2026-11-24T00:00:00Z\n" +
  "  file:///s/.pulumi/locks/organization/p/a/2.json: created by ci@runner-1 (pid 7) at 2026-11-24T00:00:01Z";

test("the holders of a locked stack are read from what Pulumi says", () => {
  expect(lockHolders(["something else", LOCKED])).toEqual([
    { user: "root", host: "vm", pid: 99999, since: "2026-11-24T00:00:00Z" },
    { user: "ci", host: "runner-1", pid: 7, since: "2026-11-24T00:00:01Z" },
  ]);
});

test("another error is no lock", () => {
  expect(lockHolders(["created by root@vm (pid 1) at 2026-11-24T00:00:00Z"])).toEqual([]);
  expect(lockHolders([])).toEqual([]);
});

const MINUTE = 60_000;
const WRITTEN = Date.parse("2026-11-24T12:00:00Z");
const PLACE = "runner-abc-project-1-concurrent-0";

/**
 * What a holder of number 7 is, of which somebody on a machine called "vm" that has been on for a while
 * judges.
 */
function judge({
  host = "vm",
  since = "2026-11-24T12:00:00Z",
  isOnlyJob = true,
  born = [],
  ...seen
}: Partial<Witness> & { since?: string; isOnlyJob?: boolean; born?: readonly number[] }): string {
  const witness: Witness = {
    host,
    seesMachine: true,
    bootedAt: WRITTEN - 600 * MINUTE,
    beganAt: WRITTEN - 600 * MINUTE,
    birthsOf: (pid) => (pid === 7 ? born : []),
    isJob: false,
    now: WRITTEN + 5 * MINUTE,
    ...seen,
  };
  return judgeHolder({ user: "me", host, pid: 7, since }, witness, { isOnlyJob });
}

describe("on a machine that is seen as a whole", () => {
  test.each([
    ["runs since before the lock", [WRITTEN - 900], "works"],
    ["was born when the lock was written, as far as clocks tell", [WRITTEN + 5000], "works"],
    ["is another one, born later", [WRITTEN + MINUTE], "has died"],
    ["is one of two, the other born later", [WRITTEN + MINUTE, WRITTEN - 900], "works"],
    ["is no more", [], "has died"],
  ])("a holder whose number %s", (_, born, state) => {
    expect(judge({ born })).toBe(state);
  });

  test("a time that cannot be read tells nothing", () => {
    expect(judge({ since: "" })).toBe("cannot be told");
  });
});

describe("in a container", () => {
  const young = { seesMachine: false, beganAt: WRITTEN + MINUTE };
  const old = { seesMachine: false };

  test("of a place of jobs an earlier job has ended, unless others may run beside it", () => {
    const job = { ...young, host: PLACE, isJob: true };
    expect(judge(job)).toBe("has died");
    expect(judge({ ...job, born: [WRITTEN + MINUTE] })).toBe("has died");
    expect(judge({ ...job, isOnlyJob: false })).toBe("cannot be told");
    expect(judge({ ...job, beganAt: WRITTEN - MINUTE, born: [WRITTEN - 900] })).toBe("works");
  });

  test("with the machine's name another container may hold the lock, but not since before the machine was on", () => {
    expect(judge({ ...young, isJob: true })).toBe("cannot be told");
    expect(judge({ ...old, isJob: true })).toBe("cannot be told");
    expect(judge({ ...young })).toBe("cannot be told");
    expect(judge({ ...young, bootedAt: WRITTEN + MINUTE / 2 })).toBe("has died");
  });

  test("in which somebody works as on a machine, its processes are those of that name", () => {
    expect(judge({ ...old })).toBe("has died");
    expect(judge({ ...old, born: [WRITTEN - 900] })).toBe("works");
  });

  test("with a name of its own nobody else holds the lock", () => {
    expect(judge({ ...young, host: "0a1b2c3d4e5f", isJob: true })).toBe("has died");
  });
});

describe("of another host", () => {
  const elsewhere = (host: string, seen: Partial<Witness>) =>
    judgeHolder(
      { user: "ci", host, pid: 7, since: "2026-11-24T12:00:00Z" },
      { ...witnessHere({}), now: WRITTEN + 71 * MINUTE, ...seen },
      { isOnlyJob: true },
    );

  test("a job has ended when its time is over", () => {
    expect(elsewhere(PLACE, { jobTimeout: 60 * MINUTE })).toBe("has died");
    expect(elsewhere(`${PLACE}-x1y2z3`, { jobTimeout: 60 * MINUTE })).toBe("has died");
    expect(elsewhere(PLACE, { jobTimeout: 62 * MINUTE })).toBe("cannot be told");
    expect(elsewhere(PLACE, {})).toBe("cannot be told");
  });

  test("anything else cannot be told", () => {
    expect(elsewhere("elsewhere", { jobTimeout: MINUTE })).toBe("cannot be told");
  });
});

test("a process of this machine is told from a later one of its number, and from one that has ended", async () => {
  const child = spawn("cat");
  await once(child, "spawn");
  const holder = (pid: number | undefined, since: number) => ({
    user: "me",
    host: hostname(),
    pid: pid ?? 0,
    since: new Date(since).toISOString(),
  });
  const judged = (pid: number | undefined, since: number) =>
    judgeHolder(holder(pid, since), witnessHere({}), { isOnlyJob: true });
  expect(judged(child.pid, Date.now())).toBe("works");
  // Belongs to somebody else, unless the test runs as root.
  expect(judged(1, Date.now())).toBe("works");
  if (process.platform === "linux" && witnessHere({}).beganAt < Date.now() - MINUTE)
    expect(judged(child.pid, Date.now() - MINUTE)).toBe("has died");
  child.stdin.end();
  await once(child, "exit");
  expect(judged(child.pid, Date.now())).toBe("has died");
  expect(judged(spawnSync("true").pid, Date.now())).toBe("has died");
});
