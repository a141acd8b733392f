import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
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

test("a worktree of another machine may exist", () => {
  git("worktree", "remove", worktree);
  const elsewhere = JSON.stringify({ ...JSON.parse(recorded ?? ""), host: "elsewhere" });
  expect(isRemovedCheckout(elsewhere)).toBe(false);
});

describe("a clone that is deleted", () => {
  const place = { host: "laptop", boot: "b1", namespace: "4026531836" };
  let clone: string | undefined;

  beforeEach(() => {
    clone = checkoutOf(repository, place);
    rmSync(repository, { recursive: true });
  });

  test("is gone", () => {
    expect(isRemovedCheckout(clone, place)).toBe(true);
  });

  test("is gone with the folders above it", () => {
    rmSync(folder, { recursive: true });
    expect(isRemovedCheckout(clone, place)).toBe(true);
  });

  test.each(["boot", "namespace", "host"])("may exist with another %s", (what) => {
    expect(isRemovedCheckout(clone, { ...place, [what]: "other" })).toBe(false);
  });

  test("may be on a disk that is not mounted", () => {
    const { seen, ...checkout } = JSON.parse(clone ?? "");
    const elsewhere = { ...checkout, seen: { ...seen, device: seen.device + 1 } };
    expect(isRemovedCheckout(JSON.stringify(elsewhere), place)).toBe(false);
  });

  test("counts as there if another version recorded it, or the system reports no boot ID", () => {
    const { seen: _, ...checkout } = JSON.parse(clone ?? "");
    expect(isRemovedCheckout(JSON.stringify(checkout), place)).toBe(false);
    const unknown = { ...place, boot: "-" };
    expect(isRemovedCheckout(checkoutOf(worktree, unknown), unknown)).toBe(false);
  });
});

test("a folder below a worktree belongs to it; one outside git to none", () => {
  mkdirSync(path.join(worktree, "api"));
  expect(checkoutOf(path.join(worktree, "api"))).toBe(recorded);
  expect(checkoutOf(folder)).toBeUndefined();
  expect(isRemovedCheckout(undefined)).toBe(false);
});

test.each(["", "null", "7", "{", '{"host":"a"}', '{"seen":7}'])(
  "the text %j of another version is no checkout",
  (text) => {
    expect(isRemovedCheckout(text)).toBe(false);
  },
);
