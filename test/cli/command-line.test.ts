import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "@jest/globals";

const folder = mkdtempSync(path.join(tmpdir(), "nestbox-command-line-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(path.join(folder, "Pulumi.yaml"), "name: example\n");
// Every verb that reads the settings of this stack reports this error.
writeFileSync(path.join(folder, "Pulumi.ci.yaml"), "config: 7\n");

function nestbox(...words: readonly string[]) {
  const command = path.join(__dirname, "../../src/cli/main.mjs");
  const { status, stderr } = spawnSync(process.execPath, [command, "--project", folder, ...words], {
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  return { status, stderr };
}

const READ = {
  status: 2,
  stderr: 'error Pulumi.ci.yaml: config is not a mapping; write "name: value", one a line\n',
};

test.each([
  [["--stack", "ci", "up"]],
  [["up", "--stack", "ci"]],
  [["up", "-s", "ci"]],
  [["logs", "--stack=ci"]],
  [["exec", "api", "--stack", "ci", "--", "ls"]],
  [["run", "snake", "--stack", "ci"]],
  [["down", "--stack", "ci"]],
  [["env", "--stack", "ci"]],
  [["extend", "--stack", "ci"]],
  [["gc", "--stack", "ci", "--dry-run"]],
])("nestbox %j uses the stack ci", (words) => {
  expect(nestbox(...words)).toEqual(READ);
});

test.each(["others/dev", "../dev", "", "a".repeat(101)])("the stack %j is refused", (stack) => {
  const { status, stderr } = nestbox("up", "--stack", stack);
  expect(status).toBe(2);
  expect(stderr).toMatch(/^error stack "[^"]*": is no name of a stack; use at most 100 letters, digits, /);
  expect(stderr).toContain(`stack "${stack}"`);
});

test("--stack and --branch exclude each other, in every position", () => {
  const both = "error --branch: --stack names a stack, too; leave out one of them\n";
  expect(nestbox("up", "--stack", "ci", "--branch", "main")).toEqual({ status: 2, stderr: both });
  expect(nestbox("--stack", "ci", "up", "--branch", "main")).toEqual({ status: 2, stderr: both });
});

test("an unknown option of a verb is refused with its help", () => {
  expect(nestbox("doctor", "--stack", "ci")).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("unknown option '--stack'"),
  });
});

test.each(["test", "bench"])("%s, a task of the repository, is no verb", (task) => {
  expect(nestbox(task)).toEqual({
    status: 2,
    stderr: expect.stringContaining(`error: unknown command '${task}'`),
  });
});
