import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { mountedFolder } from "../../src/machine/mounted-folder.ts";

let outside: string;
let project: string;

beforeEach(() => {
  outside = realpathSync(mkdtempSync(path.join(tmpdir(), "mounted-folder-")));
  project = path.join(outside, "project");
  mkdirSync(path.join(project, "src"), { recursive: true });
  writeFileSync(path.join(project, "file"), "");
});

afterEach(() => rmSync(outside, { recursive: true }));

const at = (name: string) => path.join(project, name);

function problemOf(declared: string): string {
  try {
    return `no problem with ${mountedFolder(project, declared, "web")}`;
  } catch (error) {
    return (error as Error).message;
  }
}

test("a folder, and a link to one, is its real path", () => {
  symlinkSync("src", at("link"));
  expect(mountedFolder(project, "src", "web")).toBe(at("src"));
  expect(mountedFolder(project, "link", "web")).toBe(at("src"));
});

test("a link out of the project is refused", () => {
  symlinkSync("..", at("link"));
  const reason = `is a link to ${outside}, which is outside the project; copy that into the project`;
  expect(problemOf("link")).toBe(`${at("link")}: ${reason}`);
});

test("a file, a missing folder and a socket are refused", async () => {
  const remedy = 'or remove it from the files of "web"';
  const only = "only a folder can have `mount`: name one";
  expect(problemOf("file")).toBe(`${at("file")}: is no folder; ${only}, ${remedy}`);
  expect(problemOf("none")).toBe(`${at("none")}: no such folder; create it, ${remedy}`);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(at("socket"), resolve));
  expect(problemOf("socket")).toBe(`${at("socket")}: is a socket; ${only}, ${remedy}`);
  await new Promise((resolve) => server.close(resolve));
});
