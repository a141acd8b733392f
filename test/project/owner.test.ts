import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { checkoutOwnership } from "../../src/project/owner.ts";
import { settingsFrom } from "../../src/stacks/stack-settings.ts";

const root = mkdtempSync(path.join(tmpdir(), "nestbox-owner-"));
afterAll(() => rmSync(root, { recursive: true }));

const settings = settingsFrom({ timeToLive: "8h" }, "package.json");

function ownerOf(...names: readonly string[]): string {
  const folder = path.join(root, ...names);
  mkdirSync(folder, { recursive: true });
  return checkoutOwnership({ folder, settings }).owner;
}

test("two checkouts of one name have two owners, however they are reached", () => {
  const one = ownerOf("a", "shop");
  expect(one).toMatch(/^shop\/up-[0-9a-z]{6}$/);
  expect(ownerOf("b", "shop")).not.toBe(one);
  symlinkSync(path.join(root, "a", "shop"), path.join(root, "link"));
  expect(checkoutOwnership({ folder: path.join(root, "link"), settings }).owner).toBe(one);
});

test("the name of a Pulumi.yaml does not count", () => {
  const folder = path.join(root, "a", "shop");
  const renamed = { folder, settings, name: "renamed" };
  expect(checkoutOwnership(renamed).owner).toBe(checkoutOwnership({ folder, settings }).owner);
});
