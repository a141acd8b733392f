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
import { writeFileAtomically } from "../../src/machine/atomic-file.ts";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "nestbox-atomic-"));
  file = path.join(folder, "settings.yaml");
});

afterEach(() => rmSync(folder, { recursive: true }));

test("a write replaces the file, keeps its permissions, and leaves no draft", () => {
  writeFileSync(file, "before");
  chmodSync(file, 0o640);
  const { ino } = statSync(file);
  writeFileAtomically(file, "after");
  expect(readFileSync(file, "utf8")).toBe("after");
  expect(statSync(file).mode & 0o777).toBe(0o640);
  expect(statSync(file).ino).not.toBe(ino);
  expect(readdirSync(folder)).toEqual(["settings.yaml"]);
});

test("the same content is not written again", () => {
  writeFileSync(file, "same");
  const { ino } = statSync(file);
  writeFileAtomically(file, "same");
  expect(statSync(file).ino).toBe(ino);
});

test("a failed write keeps the old content", () => {
  writeFileSync(file, "before");
  // A folder at the draft's path fails like a full disk, even for root.
  const draft = path.join(folder, `.settings.yaml.${process.pid}`);
  mkdirSync(draft);
  expect(() => writeFileAtomically(file, "after")).toThrow();
  expect(readFileSync(file, "utf8")).toBe("before");
});

test("a symbolic link is kept", () => {
  const target = path.join(folder, "target.yaml");
  writeFileSync(target, "before");
  symlinkSync(target, file);
  writeFileAtomically(file, "after");
  expect(readFileSync(target, "utf8")).toBe("after");
});

test("with once, the first write wins", () => {
  writeFileAtomically(file, "first", { mode: 0o600, once: true });
  writeFileAtomically(file, "second", { mode: 0o600, once: true });
  expect(readFileSync(file, "utf8")).toBe("first");
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("orphaned drafts are removed, recent ones are kept", () => {
  writeFileSync(file, "same");
  const [old, young, other] = [".settings.yaml.7", ".settings.yaml.8", ".settings.yaml.mine"];
  for (const name of [old, young, other]) writeFileSync(path.join(folder, name), "");
  const yesterday = Date.now() / 1000 - 86_400;
  for (const name of [old, other]) utimesSync(path.join(folder, name), yesterday, yesterday);
  writeFileAtomically(file, "same");
  expect([old, young, other].filter((name) => existsSync(path.join(folder, name)))).toEqual([young, other]);
});
