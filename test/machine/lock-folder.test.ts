import { chmodSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { lockFolders, requireOwnFolder } from "../../src/machine/lock-folder.cjs";

let parent: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "nestbox-lock-folder-"));
});

afterEach(() => rmSync(parent, { recursive: true, force: true }));

test("a folder of locks is created for its user alone", () => {
  const folder = join(parent, "some", "locks");
  requireOwnFolder(folder);
  requireOwnFolder(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test("a folder that others may enter is refused, and so is a link", () => {
  chmodSync(parent, 0o711);
  const remedy = "is open to other users, who could hold up every command; remove it";
  expect(() => requireOwnFolder(parent)).toThrow(`${parent}: ${remedy}`);
  const own = join(parent, "own");
  requireOwnFolder(own);
  const link = join(parent, "link");
  symlinkSync(own, link);
  expect(() => requireOwnFolder(link)).toThrow(remedy);
});

test("the folders of locks do not depend on the environment", () => {
  const before = lockFolders();
  const { HOME, XDG_CACHE_HOME, TMPDIR } = process.env;
  Object.assign(process.env, { HOME: parent, XDG_CACHE_HOME: parent, TMPDIR: parent });
  try {
    expect(lockFolders()).toEqual(before);
  } finally {
    for (const [name, value] of Object.entries({ HOME, XDG_CACHE_HOME, TMPDIR }))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  }
});
