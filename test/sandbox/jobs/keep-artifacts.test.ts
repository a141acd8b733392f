import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { pack } from "tar-stream";
import type { Artifacts } from "../../../src/model/declaration/artifacts.ts";
import type { JobEnd } from "../../../src/sandbox/job-end.ts";
import { emptyArtifacts, keepArtifacts } from "../../../src/sandbox/jobs/keep-artifacts.ts";

const PASSED: JobEnd = { kind: "exited", exitCode: 0 };
const FAILED: JobEnd = { kind: "exited", exitCode: 3 };

let folder: string;
let printed: string[];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "nestbox-artifacts-"));
  printed = [];
});

afterEach(() => rmSync(folder, { recursive: true }));

/** What a job has left, by its path from the working folder. */
const LEFT = {
  "report.xml": "<testsuites/>",
  "coverage/index.html": "<html>",
  "coverage/.hidden": "h",
  "logs/a/one.log": "one",
  "logs/a/one.txt": "text",
  "src/index.ts": "source",
};

/** The engine's archive of a file or folder; undefined if there is none. */
async function archiveOf(root: string, left: Readonly<Record<string, string>> = LEFT) {
  const isIn = (file: string) => root === "." || file === root || file.startsWith(`${root}/`);
  const files = Object.entries(left).filter(([file]) => isIn(file));
  if (files.length === 0) return undefined;
  const archive = pack();
  for (const [file, content] of files)
    archive.entry({ name: path.posix.join("top", path.posix.relative(root, file)), mode: 0o755 }, content);
  archive.entry({ name: "top/link", type: "symlink", linkname: "/etc/passwd" });
  archive.entry({ name: "top/../../../outside", mode: 0o644 }, "outside");
  archive.finalize();
  return Readable.from(archive);
}

async function kept(artifacts: Artifacts, end: JobEnd = PASSED): Promise<readonly string[]> {
  const progress = {
    print: (line: string) => printed.push(line),
    warn: (line: string) => printed.push(`warning ${line}`),
  };
  const planned = { when: "on_success", paths: [], ...artifacts } as const;
  await keepArtifacts(planned, path.join(folder, "tests"), "shop tests", progress)(end, archiveOf);
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(path.join(folder, "tests"), path.join(entry.parentPath, entry.name)))
    .sort();
}

test.each<readonly [readonly string[], readonly string[]]>([
  [["report.xml"], ["report.xml"]],
  [["*.xml"], ["report.xml"]],
  [["./coverage/"], ["coverage/.hidden", "coverage/index.html"]],
  [["coverage/*"], ["coverage/.hidden", "coverage/index.html"]],
  [["logs/**/*.log"], ["logs/a/one.log"]],
  [["logs/*"], ["logs/a/one.log", "logs/a/one.txt"]],
  [["**/*.{html,xml}"], ["coverage/index.html", "report.xml"]],
  [
    ["coverage", "coverage/index.html"],
    ["coverage/.hidden", "coverage/index.html"],
  ],
  [["."], Object.keys(LEFT).sort()],
])("%j keeps %j, with their content, without links and what is outside", async (paths, expected) => {
  expect(await kept({ paths })).toEqual(expected);
  for (const file of expected)
    expect(readFileSync(path.join(folder, "tests", file), "utf8")).toBe(LEFT[file as keyof typeof LEFT]);
  expect(printed).toEqual([expect.stringMatching(/^… shop tests: \d artifacts? in \//)]);
});

test("files keep who may run them", async () => {
  await kept({ paths: ["report.xml"] });
  expect(statSync(path.join(folder, "tests", "report.xml")).mode & 0o777).toBe(0o755);
});

test("reports are kept beside the paths", async () => {
  const coverage = { format: "cobertura", path: "coverage/index.html" } as const;
  const reports = { junit: "report.xml", coverage };
  expect(await kept({ reports })).toEqual(["coverage/index.html", "report.xml"]);
});

test.each<readonly [Artifacts["when"], JobEnd, boolean]>([
  [undefined, PASSED, true],
  [undefined, FAILED, false],
  ["on_failure", PASSED, false],
  ["on_failure", FAILED, true],
  ["on_failure", { kind: "timed out" }, true],
  ["always", PASSED, true],
  ["always", FAILED, true],
  ["always", { kind: "interrupted" }, false],
])("when %s, at the end %j: %j", async (when, end, isKept) => {
  const files = await kept({ paths: ["report.xml"], ...(when && { when }) }, end);
  expect(files).toEqual(isKept ? ["report.xml"] : []);
});

test("a pattern that nothing matches is a warning", async () => {
  expect(await kept({ paths: ["report.xml", "dist/", "*.pdf"] })).toEqual(["report.xml"]);
  expect(printed).toEqual([
    'warning shop tests: no file for the artifacts "dist"',
    'warning shop tests: no file for the artifacts "*.pdf"',
    expect.stringMatching("… shop tests: 1 artifact in "),
  ]);
});

test("what an earlier run has left is removed, and git ignores the folder", async () => {
  await kept({ paths: ["report.xml"] });
  await emptyArtifacts(folder, "tests");
  expect(await readdir(folder)).toEqual([".gitignore"]);
  expect(readFileSync(path.join(folder, ".gitignore"), "utf8")).toBe("*\n");
});
