import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { removeBrokenLocks, removeLocksOfRemovedStack } from "../../../src/operations/pulumi/broken-lock.ts";

let folder: string;
let environment: { readonly PULUMI_BACKEND_URL: string };

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "nestbox-locks-"));
  environment = { PULUMI_BACKEND_URL: pathToFileURL(folder).href };
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Writes a lock file of the stack `a` of a project. */
function writeLock(project: string, name: string, content: object | string): void {
  const locks = path.join(folder, ".pulumi/locks/organization", project, "a");
  mkdirSync(locks, { recursive: true });
  const text = typeof content === "string" ? content : JSON.stringify(content);
  writeFileSync(path.join(locks, name), text);
}

function locksOf(project: string): readonly string[] {
  return readdirSync(path.join(folder, ".pulumi/locks/organization", project, "a")).sort();
}

function lockOf(pid: number, since: Date): object {
  return { pid, username: "me", hostname: hostname(), timestamp: since.toISOString() };
}

test("of a removed stack, only the locks of dead processes of this project go", () => {
  // A process id that Linux never gives.
  writeLock("shop", "dead.json", lockOf(2 ** 30, new Date()));
  writeLock("shop", "alive.json", lockOf(process.pid, new Date()));
  writeLock("shop", "elsewhere.json", { ...lockOf(1, new Date()), hostname: "another" });
  writeLock("other", "dead.json", lockOf(2 ** 30, new Date()));
  removeLocksOfRemovedStack(environment, "shop", "a");
  removeLocksOfRemovedStack(environment, "shop", "never there");
  expect(locksOf("shop")).toEqual(["alive.json", "elsewhere.json"]);
  expect(locksOf("other")).toEqual(["dead.json"]);
});

test("incomplete locks go if they are old enough", () => {
  writeLock("shop", "cut.json", '{"pid": 1');
  writeLock("shop", "whole.json", lockOf(process.pid, new Date()));
  expect(removeBrokenLocks(environment, "a", 0)).toBe(0);
  expect(removeBrokenLocks(environment, "a", Date.now() + 1000)).toBe(1);
  expect(locksOf("shop")).toEqual(["whole.json"]);
});
