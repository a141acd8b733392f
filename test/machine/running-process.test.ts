import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import {
  innermostPid,
  parseProcessStat,
  recordedProcess,
  startTimesOf,
} from "../../src/machine/running-process.ts";
import { eventually } from "../eventually.ts";

let folder: string;
let record: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nestbox-process-"));
  record = join(folder, "process");
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("a running process is found until it exits", async () => {
  const child = spawn("sleep", ["1000"]);
  await once(child, "spawn");
  writeFileSync(record, readFileSync(`/proc/${child.pid}/stat`));
  expect(recordedProcess(record)?.pid).toBe(child.pid);
  child.kill();
  await once(child, "exit");
  expect(recordedProcess(record)).toBeUndefined();
});

test("a later process with the same ID does not match", () => {
  const own = readFileSync("/proc/self/stat", "utf8");
  const startTicks = parseProcessStat(own)?.startTicks ?? "";
  writeFileSync(record, own.replace(` ${startTicks} `, ` ${Number(startTicks) - 1} `));
  expect(recordedProcess(record)).toBeUndefined();
});

test("a program's name may contain any character; a process that has exited is undefined", () => {
  const stat = (state: string): string =>
    `42 (a) b (c) ${state} 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 777 20`;
  expect(parseProcessStat(stat("S"))).toEqual({ pid: 42, startTicks: "777" });
  expect(parseProcessStat(stat("Z"))).toBeUndefined();
  expect(parseProcessStat("")).toBeUndefined();
});

test("the start of a process matches the clock", async () => {
  const before = Date.now();
  const child = spawn("sleep", ["1000"]);
  await once(child, "spawn");
  const after = Date.now();
  const [startTicks = 0] = startTimesOf(child.pid ?? 0);
  // The boot time derives from this process's uptime, which is not exact.
  expect(startTicks).toBeGreaterThan(before - 1000);
  expect(startTicks).toBeLessThan(after + 1000);
  child.kill();
  await once(child, "exit");
  expect(startTimesOf(child.pid ?? 0)).toEqual([]);
});

test("a container's process has the ID of its own namespace", () => {
  expect(innermostPid("Name:\tx\nNSpid:\t30001\t512\t7\nThreads:\t1\n")).toBe(7);
  expect(innermostPid("NSpid:\t30001\n")).toBe(30001);
  expect(innermostPid("Name:\tx\n")).toBeUndefined();
});

test("a zombie does not count as running", async () => {
  expect(startTimesOf(process.pid)).not.toEqual([]);
  const parent = spawn("sh", ["-c", "sleep 1000 & echo $!; exec cat"]);
  const [line] = await once(parent.stdout, "data");
  const orphan = Number(line);
  // Until it is `cat`, the shell would look after its child.
  parent.stdin.write("echoed\n");
  await once(parent.stdout, "data");
  expect(startTimesOf(orphan)).not.toEqual([]);
  process.kill(orphan);
  const isZombie = expect.stringMatching(/^\d+ \(.*\) Z/);
  await eventually(() => expect(readFileSync(`/proc/${orphan}/stat`, "utf8")).toEqual(isZombie), {
    within: "10s",
  });
  expect(startTimesOf(orphan)).toEqual([]);
  parent.stdin.end();
  await once(parent, "exit");
  expect(startTimesOf(parent.pid ?? 0)).toEqual([]);
});
