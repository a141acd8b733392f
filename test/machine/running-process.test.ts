import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import {
  birthsOf,
  innermostNumber,
  parseProcessStat,
  recordedProcess,
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

test("a running process is recognized, until it has ended", async () => {
  const child = spawn("sleep", ["1000"]);
  await once(child, "spawn");
  writeFileSync(record, readFileSync(`/proc/${child.pid}/stat`));
  expect(recordedProcess(record)?.pid).toBe(child.pid);
  child.kill();
  await once(child, "exit");
  expect(recordedProcess(record)).toBeUndefined();
});

test("a later process of the same number is not taken for it", () => {
  const own = readFileSync("/proc/self/stat", "utf8");
  const born = parseProcessStat(own)?.born ?? "";
  writeFileSync(record, own.replace(` ${born} `, ` ${Number(born) - 1} `));
  expect(recordedProcess(record)).toBeUndefined();
});

test("a program's name may hold anything; an ended process is none", () => {
  const stat = (state: string): string =>
    `42 (a) b (c) ${state} 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 777 20`;
  expect(parseProcessStat(stat("S"))).toEqual({ pid: 42, born: "777" });
  expect(parseProcessStat(stat("Z"))).toBeUndefined();
  expect(parseProcessStat("")).toBeUndefined();
});

test("a process is as old as it is, by the clock", async () => {
  const before = Date.now();
  const child = spawn("sleep", ["1000"]);
  await once(child, "spawn");
  const after = Date.now();
  const [born = 0] = birthsOf(child.pid ?? 0);
  // Our own age, by which the machine's is told, is not quite exact.
  expect(born).toBeGreaterThan(before - 1000);
  expect(born).toBeLessThan(after + 1000);
  child.kill();
  await once(child, "exit");
  expect(birthsOf(child.pid ?? 0)).toEqual([]);
});

test("a container's process has the number by which it knows itself", () => {
  expect(innermostNumber("Name:\tx\nNSpid:\t30001\t512\t7\nThreads:\t1\n")).toBe(7);
  expect(innermostNumber("NSpid:\t30001\n")).toBe(30001);
  expect(innermostNumber("Name:\tx\n")).toBeUndefined();
});

test("a process that has ended is none any more, also when its parent never looks after it", async () => {
  expect(birthsOf(process.pid)).not.toEqual([]);
  const parent = spawn("sh", ["-c", "sleep 1000 & echo $!; exec cat"]);
  const [line] = await once(parent.stdout, "data");
  const orphan = Number(line);
  // Until it is `cat`, the shell would look after its child.
  parent.stdin.write("echoed\n");
  await once(parent.stdout, "data");
  expect(birthsOf(orphan)).not.toEqual([]);
  process.kill(orphan);
  const isZombie = expect.stringMatching(/^\d+ \(.*\) Z/);
  await eventually(() => expect(readFileSync(`/proc/${orphan}/stat`, "utf8")).toEqual(isZombie), {
    within: "10s",
  });
  expect(birthsOf(orphan)).toEqual([]);
  parent.stdin.end();
  await once(parent, "exit");
  expect(birthsOf(parent.pid ?? 0)).toEqual([]);
});
