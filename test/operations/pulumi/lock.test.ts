import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { runWhenUnlocked, StackInUse } from "../../../src/operations/pulumi/lock.ts";
import { createProgress, type Progress } from "../../../src/terminal/progress.ts";

let folder: string;
let printed: string[];
let progress: Progress;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "nestbox-lock-"));
  printed = [];
  progress = { ...createProgress(process.stderr, {}), print: (line) => printed.push(line) };
});

afterEach(() => {
  progress.close();
  rmSync(folder, { recursive: true });
});

/** A double of the Pulumi CLI with a stack that a process on another machine locks for ever. */
function pulumiThatIsLocked(): string {
  const file = path.join(folder, "pulumi");
  const locked =
    "error: the stack is currently locked by 1 lock(s).\n" +
    "  s3://s/1.json: created by ci@elsewhere (pid 7) at 2026-11-24T00:00:01Z";
  writeFileSync(file, `#!/bin/sh\ncat >&2 <<END\n${locked}\nEND\nexit 255\n`);
  chmodSync(file, 0o755);
  return file;
}

function run(waiting: Parameters<typeof runWhenUnlocked>[2]) {
  const pulumi = pulumiThatIsLocked();
  const project = { folder, stack: "shop" };
  const onInterruption = () => () => {};
  const context = { pulumi, project, environment: process.env, progress, onInterruption };
  return runWhenUnlocked(context, { operation: "up" }, waiting);
}

const REMEDY = "if that process no longer runs, unlock the stack: nestbox pulumi cancel -s shop";

test("waiting for a holder in an unknown state reports holder and remedy, and has a timeout", async () => {
  const waited = run({ timeout: 0 });
  await expect(waited).rejects.toThrow(StackInUse);
  await expect(waited).rejects.toThrow(
    "stack shop: waited 0 minutes for process 7 of ci on elsewhere, " +
      `which has held its lock since 2026-11-24T00:00:01Z; ${REMEDY}`,
  );
  expect(printed).toEqual([
    "… stack shop: waiting for process 7 of ci on elsewhere, " +
      `which has held its lock since 2026-11-24T00:00:01Z; ${REMEDY}`,
  ]);
});

test("an operation without waiting names the holder at once", async () => {
  await expect(run({ wait: false })).rejects.toThrow(
    `process 7 of ci on elsewhere has held its lock since 2026-11-24T00:00:01Z; ${REMEDY}`,
  );
  expect(printed).toEqual([]);
});
