import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { excludeFromGit } from "../../src/project/git-exclude.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "nestbox-git-exclude-"));
});

afterEach(() => rmSync(root, { recursive: true }));

function git(folder: string, ...words: readonly string[]): string {
  return execFileSync("git", [...words], { cwd: folder, stdio: ["ignore", "pipe", "ignore"] }).toString();
}

/** The changed and untracked files of git. */
function offered(folder: string): readonly string[] {
  return git(folder, "status", "--porcelain", "--untracked-files=all", "--", ".").trim().split("\n").sort();
}

test("git ignores the file, and lists one with a similar name", () => {
  git(root, "init", "--quiet");
  const folder = path.join(root, "deep", "project");
  mkdirSync(folder, { recursive: true });
  for (const name of ["Pulumi.main-0a1b2c.yaml", "Pulumi.us-canary.yaml"])
    writeFileSync(path.join(folder, name), "");
  excludeFromGit(folder, "Pulumi.main-0a1b2c.yaml");
  expect(offered(root)).toEqual(["?? deep/project/Pulumi.us-canary.yaml"]);
});

test("a file that git already ignores is not added", () => {
  git(root, "init", "--quiet");
  writeFileSync(path.join(root, "Pulumi.main-0a1b2c.yaml"), "");
  excludeFromGit(root, "Pulumi.main-0a1b2c.yaml");
  const list = path.join(root, ".git/info/exclude");
  const once = execFileSync("cat", [list]).toString();
  excludeFromGit(root, "Pulumi.main-0a1b2c.yaml");
  expect(execFileSync("cat", [list]).toString()).toBe(once);
});

test("a last line without an end stays a line of its own", () => {
  git(root, "init", "--quiet");
  writeFileSync(path.join(root, ".git/info/exclude"), "*.log");
  for (const name of ["a.log", "Pulumi.main-0a1b2c.yaml"]) writeFileSync(path.join(root, name), "");
  excludeFromGit(root, "Pulumi.main-0a1b2c.yaml");
  expect(offered(root)).toEqual([""]);
});

test("git ignores the file in another worktree, too", () => {
  const main = path.join(root, "main");
  mkdirSync(main);
  git(main, "init", "--quiet");
  git(main, "-c", "user.name=x", "-c", "user.email=x@y", "commit", "--quiet", "--allow-empty", "-m", "first");
  git(main, "worktree", "add", "--quiet", "../other");
  const other = path.join(root, "other");
  writeFileSync(path.join(other, "Pulumi.main-0a1b2c.yaml"), "");
  excludeFromGit(other, "Pulumi.main-0a1b2c.yaml");
  expect(offered(other)).toEqual([""]);
});

test("outside a checkout nothing happens", () => {
  excludeFromGit(root, "Pulumi.main-0a1b2c.yaml");
  expect(existsSync(path.join(root, ".git"))).toBe(false);
});
