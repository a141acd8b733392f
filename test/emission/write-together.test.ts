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
import { writeTogether } from "../../src/emission/write-together.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "nestbox-write-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

test("files are written, with their folders, and others removed", async () => {
  writeFileSync(path.join(folder, "old"), "1");
  await writeTogether(folder, [{ path: "a/b/new", content: "2" }], ["old"]);
  expect(readFileSync(path.join(folder, "a/b/new"), "utf8")).toBe("2");
  expect(readdirSync(folder)).toEqual(["a"]);
});

test("when one file cannot be written, the others stay as they were and nothing is left behind", async () => {
  writeFileSync(path.join(folder, "first"), "old");
  mkdirSync(path.join(folder, "third"));
  const files = ["first", "new/second", "third"].map((name) => ({ path: name, content: "new" }));
  await expect(writeTogether(folder, files, [])).rejects.toThrow(
    `${path.join(folder, "third")}: cannot be written`,
  );
  expect(readFileSync(path.join(folder, "first"), "utf8")).toBe("old");
  expect(readdirSync(folder).sort()).toEqual(["first", "third"]);
});

test("when a file cannot be removed, what was written is taken back", async () => {
  writeFileSync(path.join(folder, "first"), "old");
  const files = ["first", "second"].map((name) => ({ path: name, content: "new" }));
  await expect(writeTogether(folder, files, ["not there"])).rejects.toThrow("nothing was changed");
  expect(readFileSync(path.join(folder, "first"), "utf8")).toBe("old");
  expect(existsSync(path.join(folder, "second"))).toBe(false);
});

test("a folder that is a file is named, with a remedy", async () => {
  writeFileSync(path.join(folder, "file"), "");
  const writing = writeTogether(path.join(folder, "file"), [{ path: "a", content: "" }], []);
  await expect(writing).rejects.toThrow(
    /file\/a: cannot be written \(.*\); nothing was changed\. Name another folder with --out/,
  );
});
