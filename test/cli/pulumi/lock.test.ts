import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { runWhenFree, StackInUse } from "../../../src/cli/pulumi/lock.ts";
import { createProgress, type Progress } from "../../../src/terminal/progress.ts";

let folder: string;
let printed: string[];
let progress: Progress;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "nestbox-lock-"));
  printed = [];
  progress = { ...createProgress(), print: (line) => printed.push(line) };
});

afterEach(() => {
  progress.close();
  rmSync(folder, { recursive: true });
});

/** A double of the Pulumi CLI for which somebody on another machine has the stack, for ever. */
function pulumiThatIsLocked(): string {
  const file = path.join(folder, "pulumi");
  const locked =
    "error: the stack is currently locked by 1 lock(s).\n  s3://s/1.json: created by ci@elsewhere (pid 7) at 2026-11-24T00:00:01Z";
  writeFileSync(file, `#!/bin/sh\ncat >&2 <<END\n${locked}\nEND\nexit 255\n`);
  chmodSync(file, 0o755);
  return file;
}

function run(waiting: Parameters<typeof runWhenFree>[1]) {
  const command = pulumiThatIsLocked();
  return runWhenFree({ command, operation: "up", folder, stack: "shop", environment: {}, progress }, waiting);
}

const REMEDY =
  "whether it still works cannot be told from here: if not, nestbox pulumi cancel -s shop frees the stack";

test("the wait for a holder of which nobody can tell says who it is, since when, and what frees the stack; and it has an end", async () => {
  const waited = run({ patience: 0 });
  await expect(waited).rejects.toThrow(StackInUse);
  await expect(waited).rejects.toThrow(
    `stack shop: process 7 of ci on elsewhere has its lock since 2026-11-24T00:00:01Z, and has not given it back within 0 minutes; ${REMEDY}`,
  );
  expect(printed).toEqual([
    `… stack shop: waiting for process 7 of ci on elsewhere, which works on it since 2026-11-24T00:00:01Z; ${REMEDY}`,
  ]);
});

test("an operation that is not to wait says the same at once", async () => {
  await expect(run({ waits: false })).rejects.toThrow(
    `process 7 of ci on elsewhere works on it since 2026-11-24T00:00:01Z; ${REMEDY}`,
  );
  expect(printed).toEqual([]);
});
