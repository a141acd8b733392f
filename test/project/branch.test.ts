import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { ConfigurationError } from "../../src/model/problem.ts";
import { branchChoice, branchFor } from "../../src/project/branch.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "branch-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

function git(...words: readonly string[]): void {
  const author = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
  execFileSync("git", [...author, ...words], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
}

test("the named branch takes precedence, then the CI job's, then the checked-out one", () => {
  git("init", "--initial-branch", "feat/Größe");
  const job = { CI_COMMIT_REF_NAME: "of-job" };
  expect(branchFor("named", folder, job)).toBe("named");
  expect(branchFor(true, folder, job)).toBe("of-job");
  expect(branchFor(true, folder, {})).toBe("feat/Größe");
});

test("a detached HEAD and a folder without git are errors with a remedy", () => {
  expect(() => branchFor(true, folder, {})).toThrow(ConfigurationError);
  git("init");
  git("commit", "--allow-empty", "--message", "first");
  git("checkout", "--detach");
  expect(() => branchFor(true, folder, {})).toThrow(/no branch is checked out here.*--branch NAME/);
  expect(() => branchFor(true, folder, { CI_COMMIT_REF_NAME: "" })).toThrow(/no branch is checked out/);
});

test.each([
  ["", /--branch: the name is empty/],
  ["a\nb", /"a\\nb" contains control characters/],
  ["a\u0000b", /control characters/],
  ["é".repeat(128), /exceeds 255 bytes/],
])("%j is not a branch name", (name, message) => {
  expect(() => branchFor(name, folder, {})).toThrow(ConfigurationError);
  expect(() => branchFor(name, folder, {})).toThrow(message);
});

test.each([
  "feat/a",
  "feat-a",
  "FEAT/A",
  "v1.2.3",
  "größe/😀",
  "x".repeat(255),
  "-rf",
  "..",
  "../../etc/passwd",
  "$(touch x); `rm` & | > < * ? ' \" \\",
])("branch %j has its own stack with a safe name", (branch) => {
  writeFileSync(path.join(folder, "Pulumi.yaml"), "name: shop\n");
  const target = branchChoice(folder, branch, {});
  expect(target).toMatchObject({ project: folder, branch });
  expect(target.stack).toMatch(/^[a-z0-9]([a-z0-9-]{0,45}[a-z0-9])?$/);
});
