import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import { expect, test } from "@jest/globals";
import { mayStillRun, ownProcessMark } from "../../machine/process-mark.ts";

test("a process knows its own mark", () => {
  expect(ownProcessMark()).toMatch(new RegExp(`^${hostname()} ${process.pid} \\S+$`));
  expect(mayStillRun(ownProcessMark())).toBe(true);
});

test("one that has ended does not run any more", () => {
  expect(mayStillRun(`${hostname()} ${spawnSync("true").pid} 7`)).toBe(false);
});

test("another process of the same number is another process", async () => {
  const child = spawn("cat");
  const itsPid = `${hostname()} ${child.pid} 1`;
  expect(mayStillRun(itsPid)).toBe(process.platform !== "linux");
  child.stdin.end();
  await once(child, "exit");
});

test("one on another machine may run", () => {
  expect(mayStillRun("elsewhere 1 1")).toBe(true);
});
