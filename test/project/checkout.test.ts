import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { checkoutOf, isRemovedCheckout } from "../../src/project/checkout.ts";

let folder: string;
let repository: string;
let worktree: string;
let recorded: string | undefined;

function git(...words: readonly string[]): void {
  const identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
  execFileSync("git", [...identity, ...words], { cwd: repository, stdio: "ignore" });
}

beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), "nestbox-checkout-")));
  repository = path.join(folder, "shop");
  worktree = path.join(folder, "feature");
  mkdirSync(repository);
  git("init");
  git("commit", "--allow-empty", "--message", "first");
  git("worktree", "add", worktree);
  recorded = checkoutOf(worktree);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a worktree that git has removed is gone", () => {
  expect(isRemovedCheckout(recorded)).toBe(false);
  git("worktree", "remove", worktree);
  expect(isRemovedCheckout(recorded)).toBe(true);
});

test("a folder that is deleted counts once git no longer lists it", () => {
  rmSync(worktree, { recursive: true });
  expect(isRemovedCheckout(recorded)).toBe(false);
  git("worktree", "prune");
  expect(isRemovedCheckout(recorded)).toBe(true);
});

test("a worktree that git has moved is gone from its old folder", () => {
  git("worktree", "move", worktree, path.join(folder, "moved"));
  expect(isRemovedCheckout(recorded)).toBe(true);
  expect(isRemovedCheckout(checkoutOf(path.join(folder, "moved")))).toBe(false);
});

test("a worktree of another machine, and one whose repository is gone, may exist", () => {
  git("worktree", "remove", worktree);
  const elsewhere = JSON.stringify({ ...JSON.parse(recorded ?? ""), host: "elsewhere" });
  expect(isRemovedCheckout(elsewhere)).toBe(false);
  renameSync(repository, path.join(folder, "unmounted"));
  expect(isRemovedCheckout(recorded)).toBe(false);
});

test("a folder below a worktree belongs to it; one outside git to none", () => {
  mkdirSync(path.join(worktree, "api"));
  expect(checkoutOf(path.join(worktree, "api"))).toBe(recorded);
  expect(checkoutOf(folder)).toBeUndefined();
  expect(isRemovedCheckout(undefined)).toBe(false);
});

test.each(["", "null", "7", "{", '{"host":"a"}'])("the text %j of another version is no checkout", (text) => {
  expect(isRemovedCheckout(text)).toBe(false);
});
