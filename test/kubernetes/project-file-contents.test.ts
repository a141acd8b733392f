import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { projectFileContents } from "../../src/kubernetes/project-file-contents.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { ConfigurationError } from "../../src/model/problem.ts";

let project: string;
beforeEach(() => {
  project = mkdtempSync(path.join(tmpdir(), "project-files-"));
  mkdirSync(path.join(project, "data"));
});
afterEach(() => rmSync(project, { recursive: true }));

function contents() {
  const web = { image: "example/web:1", files: { "/data": { path: "data" } } };
  return projectFileContents([plan(sandbox("shop", { services: { web } }))], project);
}

function write(name: string, bytes: number): void {
  writeFileSync(path.join(project, "data", name), "");
  truncateSync(path.join(project, "data", name), bytes);
}

test("files that a ConfigMap holds are read", () => {
  write("small", 3);
  expect(contents()).toEqual({ data: [{ path: "small", content: Buffer.alloc(3), executable: false }] });
});

const REMEDY =
  'and a ConfigMap holds 1 MiB; remove it from the files of "web", or use an image that contains it';

test("a file of more than 2 GiB is named, and not read", () => {
  write("large", 2200 * 1024 ** 2);
  expect(contents).toThrow(
    new ConfigurationError(`${path.join(project, "data/large")}: has 2200.0 MiB, ${REMEDY}`),
  );
});

test("the largest of files that are too large together is named", () => {
  write("a", 400 * 1024);
  write("b", 700 * 1024);
  expect(contents).toThrow(`${path.join(project, "data/b")}: has 0.7 MiB of 1.1 MiB, ${REMEDY}`);
});
