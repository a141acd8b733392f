import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { writeAtomically } from "../../src/emission/write-atomically.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "nestbox-write-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

test("files are written with their folders, and others are removed", async () => {
  writeFileSync(path.join(folder, "old"), "1");
  await writeAtomically(folder, [{ path: "a/b/new", content: "2" }], ["old"]);
  expect(readFileSync(path.join(folder, "a/b/new"), "utf8")).toBe("2");
  expect(readdirSync(folder)).toEqual(["a"]);
});

test("an unwritable file leaves all others unchanged, without temporary files", async () => {
  writeFileSync(path.join(folder, "first"), "old");
  mkdirSync(path.join(folder, "third"));
  const files = ["first", "new/second", "third"].map((name) => ({ path: name, content: "new" }));
  await expect(writeAtomically(folder, files, [])).rejects.toThrow(
    `${path.join(folder, "third")}: cannot be written`,
  );
  expect(readFileSync(path.join(folder, "first"), "utf8")).toBe("old");
  expect(readdirSync(folder).sort()).toEqual(["first", "third"]);
});

test("a file that cannot be removed undoes all writes", async () => {
  writeFileSync(path.join(folder, "first"), "old");
  const files = ["first", "second"].map((name) => ({ path: name, content: "new" }));
  await expect(writeAtomically(folder, files, ["not there"])).rejects.toThrow("no file was changed");
  expect(readFileSync(path.join(folder, "first"), "utf8")).toBe("old");
  expect(existsSync(path.join(folder, "second"))).toBe(false);
});

test("a folder of the kernel's, in which nothing can be created, is an error", async () => {
  await expect(writeAtomically("/proc", [{ path: "a/b/new", content: "" }])).rejects.toThrow(
    /^\/proc\/a\/b\/new: cannot be written \(.*ENOENT: no such file or directory.*\), so no file was changed/,
  );
});

test("a file in place of the folder is an error with a remedy", async () => {
  writeFileSync(path.join(folder, "file"), "");
  const writing = writeAtomically(path.join(folder, "file"), [{ path: "a", content: "" }], []);
  await expect(writing).rejects.toThrow(
    /file\/a: cannot be written \(.*\), so no file was changed; choose another folder with --out/,
  );
});
