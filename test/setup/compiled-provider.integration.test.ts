import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { compiledCliVersion, compiledProgram, compilePulumi } from "../../airgap/pulumi/compile.ts";
import { cacheFolder } from "../../src/machine/cache-folder.ts";
import type { Environment } from "../../src/machine/environment.ts";
import { findProgram } from "../../src/machine/programs.ts";
import { dependenciesFor } from "../../src/setup/airgap.ts";
import { setUp } from "../../src/setup/index.ts";
import { pluginVersion } from "../../src/setup/plugin-version.ts";
import { createProgress } from "../../src/terminal/progress.ts";

// The real toolchain of this machine, and a real provider of another version: the Go module with another
// version linked in.

const repository = join(__dirname, "../..");
const OTHER = { dockerVersion: "4.9.0" };
const { signal } = new AbortController();
const { env: environment } = process;

let folder: string;
let other: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "nestbox-test-"));
  // Quick if the set-up has compiled the provider: Go's cache has its packages.
  const task = { cache: folder, dependencies: dependenciesFor(process.env), onDetail: () => undefined };
  await compilePulumi(["dockerProvider"], OTHER, task);
  mkdirSync(join(folder, "bin"));
  other = join(folder, "bin", "pulumi-resource-docker");
  symlinkSync(compiledProgram(folder, "dockerProvider", OTHER), other);
}, 900_000);

afterAll(() => rmSync(folder, { recursive: true }));

const ready = (environment: Environment) =>
  setUp(
    { projectFolder: repository, docker: false, pulumi: true, images: [], environment, signal },
    createProgress(process.stderr, environment),
  );

test("a compiled provider reports its linked version", async () => {
  expect(await pluginVersion(other, { cache: folder, environment, signal })).toBe("4.9.0");
});

test("the compiled CLI has the version in the Go module", () => {
  expect(compiledCliVersion()).toMatch(/^3\.\d+\.\d+$/);
});

test("a provider of another version beside the CLI on PATH is reported and passed over", async () => {
  const { pulumi, plugins } = await ready(environment);
  // The set-up's own CLI, in one folder with a provider that it must not use.
  symlinkSync(pulumi?.command ?? "", join(folder, "bin", "pulumi"));
  const mixed = await ready({ ...environment, PATH: `${join(folder, "bin")}:${environment.PATH}` });
  expect(mixed.pulumi).toMatchObject({ kind: "path", version: pulumi?.version });
  expect(mixed.passedOver).toEqual([{ command: other, version: "4.9.0", wanted: plugins?.[0]?.version }]);
  const onPath = findProgram("pulumi-resource-docker", { PATH: mixed.environment.PATH }) ?? "";
  expect(dirname(onPath)).not.toBe(dirname(other));
  expect(await pluginVersion(onPath, { cache: cacheFolder(environment), environment, signal })).toBe(
    plugins?.[0]?.version,
  );
});
