import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { CompilerMissing, compileGitLabRunner, sourcesOf } from "../../../airgap/gitlab-runner/compile.ts";
import { contentHash } from "../../../machine/content-hash.ts";

const moduleFolder = join(__dirname, "../../../airgap/gitlab-runner");
const path = process.env.PATH;

let cache: string;

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "nestbox-test-"));
  const programs = join(cache, "bin");
  mkdirSync(programs);
  process.env.PATH = programs;
});

afterEach(() => {
  process.env.PATH = path;
  rmSync(cache, { recursive: true });
});

const compile = () => compileGitLabRunner({ cache, moduleFolder, onDetail: () => undefined });

/** A double of Go, which compiles nothing and fails or not. */
function pretendGo(script: string): void {
  writeFileSync(join(cache, "bin/go"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

test("without Go it says what is missing", async () => {
  await expect(compile()).rejects.toThrow(CompilerMissing);
});

test("what was compiled is kept by its sources, and compiled once", async () => {
  pretendGo(
    'for word; do case $word in -o=*) /bin/mkdir -p "${word#-o=}"; echo "$CGO_ENABLED" >"${word#-o=}gitlab-runner" ;; esac; done',
  );
  const folder = await compile();
  const sources = sourcesOf(moduleFolder).map((file) => readFileSync(file, "utf8"));
  expect(folder).toBe(join(cache, "gitlab-runner", contentHash(sources)));
  expect(readFileSync(join(folder, "compiled/gitlab-runner"), "utf8")).toBe("0\n");
  pretendGo("exit 1");
  expect(await compile()).toBe(folder);
});

test("what fails leaves nothing that could be taken for the programs", async () => {
  pretendGo("exit 1");
  await expect(compile()).rejects.toThrow();
  expect(readdirSync(join(cache, "gitlab-runner"))).toEqual([]);
});
