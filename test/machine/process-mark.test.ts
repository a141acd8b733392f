import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import { expect, test } from "@jest/globals";
import { mayStillRun, ownProcessMark } from "../../src/machine/process-mark.ts";
import { ownPlace } from "../../src/machine/process-place.ts";

const { boot, namespace } = ownPlace();

test("a process knows its own mark", () => {
  expect(ownProcessMark()).toMatch(new RegExp(`^${hostname()} ${process.pid} \\S+ ${boot} ${namespace}$`));
  expect(mayStillRun(ownProcessMark())).toBe(true);
});

test("one that has ended does not run any more", () => {
  expect(mayStillRun(`${hostname()} ${spawnSync("true").pid} 7 ${boot} ${namespace}`)).toBe(false);
});

test("another process of the same number is another process", async () => {
  const child = spawn("cat");
  const itsPid = `${hostname()} ${child.pid} 1 ${boot} ${namespace}`;
  expect(mayStillRun(itsPid)).toBe(process.platform !== "linux");
  child.stdin.end();
  await once(child, "exit");
});

test("one on another machine may run", () => {
  expect(mayStillRun(`elsewhere 1 1 ${boot} ${namespace}`)).toBe(true);
});

test("one of which the mark does not say where its number counts may run", () => {
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
