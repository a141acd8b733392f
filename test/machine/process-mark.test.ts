import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import { expect, test } from "@jest/globals";
import { mayStillRun, ownProcessMark } from "../../src/machine/process-mark.ts";
import { ownPlace } from "../../src/machine/process-place.ts";

const { boot, namespace } = ownPlace();

test("the mark of this process is running", () => {
  expect(ownProcessMark()).toMatch(new RegExp(`^${hostname()} ${process.pid} \\S+ ${boot} ${namespace}$`));
  expect(mayStillRun(ownProcessMark())).toBe(true);
});

test("a process that has exited is not running", () => {
  expect(mayStillRun(`${hostname()} ${spawnSync("true").pid} 7 ${boot} ${namespace}`)).toBe(false);
});

test("another process with the same ID does not match", async () => {
  const child = spawn("cat");
  const itsPid = `${hostname()} ${child.pid} 1 ${boot} ${namespace}`;
  expect(mayStillRun(itsPid)).toBe(process.platform !== "linux");
  child.stdin.end();
  await once(child, "exit");
});

test("a process on another machine may run", () => {
  expect(mayStillRun(`elsewhere 1 1 ${boot} ${namespace}`)).toBe(true);
});

test("a mark without a namespace may run", () => {
  expect(mayStillRun(`${hostname()} ${spawnSync("true").pid} 7`)).toBe(true);
});

const JOBS = "runner-abc-project-1-concurrent-0";
const CONTAINER = "0a1b2c3d4e5f";

test.each([
  ["the machine before it was started again", "vm", "another", "1", false],
  ["a container before its machine was started again", CONTAINER, "another", "2", false],
  ["a place of jobs, which may be another machine's", JOBS, "another", "1", true],
  ["an earlier job in this place, or one beside it", JOBS, "same", "2", true],
  ["another container in the machine's network", "vm", "same", "2", true],
  ["this container before it was started again", CONTAINER, "same", "2", false],
])("of %s", (_, host, itsBoot, itsNamespace, may) => {
  const here = { host, boot: "same", namespace: "1" };
  const ended = spawnSync("true").pid;
  expect(mayStillRun(`${host} ${ended} 7 ${itsBoot} ${itsNamespace}`, here)).toBe(may);
  expect(mayStillRun(`${host} ${ended} 7 same 1`, here)).toBe(false);
});
