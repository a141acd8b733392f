import { spawnSync } from "node:child_process";
import { hostname } from "node:os";
import { expect, test } from "@jest/globals";
import { hasDied, type LockHolder, lockHolders } from "../../cli/pulumi-lock.ts";

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

test("only a process of this machine that has ended has died", () => {
  const ended = spawnSync("true").pid;
  const holder = (others: Partial<LockHolder>): LockHolder => ({
    user: "me",
    host: hostname(),
    pid: ended,
    since: "",
    ...others,
  });
  expect(hasDied(holder({}))).toBe(true);
  expect(hasDied(holder({ pid: process.pid }))).toBe(false);
  // Belongs to somebody else, unless the test runs as root.
  expect(hasDied(holder({ pid: 1 }))).toBe(false);
  expect(hasDied(holder({ host: "elsewhere" }))).toBe(false);
});
