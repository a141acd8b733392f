import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { ChildFailed, runChild } from "../../src/machine/child-process.ts";
import { parseProcessStat } from "../../src/machine/running-process.ts";
import { eventually } from "../eventually.ts";

/** A zombie does not count as running. */
function isRunning(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && parseProcessStat(readFileSync(stat, "utf8")) !== undefined;
}

const { env: environment } = process;

const shell = (script: string) => ({ command: "sh", args: ["-c", script], environment });

test("the output is returned, reported line by line, and logged", async () => {
  const folder = mkdtempSync(join(tmpdir(), "nestbox-child-"));
  const log = join(folder, "logs", "child.log");
  const lines: string[] = [];
  const output = await runChild({
    ...shell("echo one; echo two >&2"),
    log,
    onLine: (line) => lines.push(line),
  });
  expect(output).toBe("one\n");
  expect(lines.sort()).toEqual(["one", "two"]);
  expect(readFileSync(log, "utf8")).toContain("two");
  rmSync(folder, { recursive: true });
});

test("a child reads its input, and may leave it unread", async () => {
  expect(await runChild({ ...shell("cat"), input: "words" })).toBe("words");
  expect(await runChild(shell("cat"))).toBe("");
  expect(await runChild({ ...shell("exec true"), input: "x".repeat(1_000_000) })).toBe("");
});

test("a character of the output may come in two parts", async () => {
  // Three bytes a character, and no part of the output is a multiple of that.
  const output = await runChild(shell("yes € | tr -d '\\n' | head -c 600000"));
  expect(output === "€".repeat(200_000)).toBe(true);
});

test("a child has the given environment alone, also to be found", async () => {
  const folder = mkdtempSync(join(tmpdir(), "nestbox-child-"));
  writeFileSync(join(folder, "only-here"), "#!/bin/sh\necho $COLOUR $HOME\n", { mode: 0o755 });
  const only = { PATH: folder, COLOUR: "green" };
  expect(await runChild({ command: "only-here", args: [], environment: only })).toBe("green\n");
  rmSync(folder, { recursive: true });
});

test("a failure reports the exit and the last lines", async () => {
  const failure = runChild(shell("for i in $(seq 30); do echo line $i; done; exit 3"));
  await expect(failure).rejects.toThrow(/^sh ended with exit code 3\.(\n {4}line \d+){12}$/);
  await expect(runChild({ command: "nestbox-no-such-program", args: [], environment })).rejects.toThrow(
    new ChildFailed("nestbox-no-such-program", { text: "is not installed" }, [], undefined),
  );
});

test("an abort ends all descendants of the child", async () => {
  const abort = new AbortController();
  let grandchild = 0;
  const running = runChild({
    ...shell("sleep 1000 & echo $!; wait"),
    signal: abort.signal,
    onLine: (line) => {
      grandchild = Number(line);
      abort.abort(new Error("enough"));
    },
  });
  await expect(running).rejects.toThrow("enough");
  // Its output ends a moment before it does.
  await eventually(() => expect(isRunning(grandchild)).toBe(false), { within: "10s" });
});
