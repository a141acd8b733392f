import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { writeWhole } from "../../src/machine/whole-file.ts";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "nestbox-whole-"));
  file = path.join(folder, "settings.yaml");
});

afterEach(() => rmSync(folder, { recursive: true }));

test("a file is another one when it is written, with the rights it had, and nothing stays beside it", () => {
  writeFileSync(file, "before");
  chmodSync(file, 0o640);
  const { ino } = statSync(file);
  writeWhole(file, "after");
  expect(readFileSync(file, "utf8")).toBe("after");
  expect(statSync(file).mode & 0o777).toBe(0o640);
  expect(statSync(file).ino).not.toBe(ino);
  expect(readdirSync(folder)).toEqual(["settings.yaml"]);
});

test("what it holds already is not written again", () => {
  writeFileSync(file, "same");
  const { ino } = statSync(file);
  writeWhole(file, "same");
  expect(statSync(file).ino).toBe(ino);
});

test("one that cannot be written to its end stays as it was", () => {
  writeFileSync(file, "before");
  // A folder in the draft's place fails like a full disk, also for root.
  const draft = path.join(folder, `.settings.yaml.${process.pid}`);
  mkdirSync(draft);
  expect(() => writeWhole(file, "after")).toThrow();
  expect(readFileSync(file, "utf8")).toBe("before");
});

test("a link stays one", () => {
  const target = path.join(folder, "target.yaml");
  writeFileSync(target, "before");
  symlinkSync(target, file);
  writeWhole(file, "after");
  expect(readFileSync(target, "utf8")).toBe("after");
});

test("once is once, for whom it was made", () => {
  writeWhole(file, "first", { mode: 0o600, once: true });
  writeWhole(file, "second", { mode: 0o600, once: true });
  expect(readFileSync(file, "utf8")).toBe("first");
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("what somebody who was killed has left is removed, but not what somebody may still write", () => {
  writeFileSync(file, "same");
  const [old, young, other] = [".settings.yaml.7", ".settings.yaml.8", ".settings.yaml.mine"];
  for (const name of [old, young, other]) writeFileSync(path.join(folder, name), "");
  const yesterday = Date.now() / 1000 - 86_400;
  for (const name of [old, other]) utimesSync(path.join(folder, name), yesterday, yesterday);
  writeWhole(file, "same");
  expect([old, young, other].filter((name) => existsSync(path.join(folder, name)))).toEqual([young, other]);
});
