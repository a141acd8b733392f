import { type ChildProcess, spawn } from "node:child_process";
import { symlinkSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { engineHost } from "../../src/docker/engine-host.ts";
import { readOwnedResources } from "../../src/docker/owned-resources.ts";
import { removeResources } from "../../src/docker/remove-owned.ts";
import { LABEL } from "../../src/model/labels.ts";
import { eventually } from "../eventually.ts";
import { type InstalledProject, installedProject, succeeded } from "../packaging/installed-project.ts";
import { testRunnerModules } from "../packaging/test-runner-modules.ts";

// Projects of users, whose test runners have one line of configuration, with the package from the tarball.

const FILES = [1, 2, 3, 4, 5, 6];

/** Enough for two workers that hang. */
const HANGING = [1, 2];

const COMMON_JS = `
const { equal, match } = require("node:assert/strict");
const { appendFileSync } = require("node:fs");
const { sandbox } = require("nestbox");
const { redis } = require("nestbox/catalog");
const { sandboxFor } = require("nestbox/testing");
const declared = sandbox("shop", { services: { cache: redis() } });
`;

const ES_MODULES = `
import { equal, match } from "node:assert/strict";
import { appendFileSync } from "node:fs";
import declaredList from "../sandboxes/index.js";
const [declared] = declaredList;
`;

/**
 * A test file that has the variables before it is loaded, and adds a line to seen.log: the address, and how
 * many test files have used it before.
 */
const inFile = (shop: string, using = "shop") => `
const url = process.env.REDIS_URL;
${shop}
const check = async (${using}) => {
  match(url, /^redis:/);
  equal(shop.services.cache.url, url);
  equal(shop.variables.REDIS_URL, url);
  const { stdout } = await shop.exec("cache", ["redis-cli", "INCR", "files"]);
  appendFileSync("seen.log", url + " " + stdout.trim() + "\\n");
  if (process.env.FAILS) throw new Error("fails as asked");
  if (process.env.HANGS) await new Promise(() => setInterval(() => {}, 1000));
};
`;

const HOOKS = "const shop = sandboxFor(declared);";
const IN_JEST = `${inFile(HOOKS, "")}
beforeAll(shop.start, 120_000);
afterAll(shop.end);
test("has the sandbox", () => check(), 700_000);
`;

const JEST = "node_modules/jest/bin/jest.js";
const ESM = ["--experimental-vm-modules", "--no-warnings"];

/** The patterns by which Jest and Vitest choose test files. */
const named = (folder: string, files: readonly number[]) =>
  files.map((file) => path.join(folder, `${file}.test.`));

interface Runner {
  readonly folder: string;
  readonly config: Readonly<Record<string, string>>;
  readonly file: string;
  readonly text: string;
  /** The arguments of Node that run these test files. */
  readonly words: (files: readonly number[]) => readonly string[];
}

const RUNNERS: Readonly<Record<string, Runner>> = {
  "Jest with CommonJS": {
    folder: "cjs",
    config: { "package.json": "{}", "jest.config.js": 'module.exports = { globalSetup: "nestbox/jest" };' },
    file: ".test.js",
    text: COMMON_JS + IN_JEST,
    words: (files) => [JEST, "--config", "cjs/jest.config.js", "--maxWorkers", "4", ...named("cjs", files)],
  },
  "Jest with ES modules": {
    folder: "esm",
    config: {
      "package.json": '{ "type": "module" }',
      "jest.config.js": 'export default { globalSetup: "nestbox/jest" };',
    },
    file: ".test.js",
    text: `${ES_MODULES}import { sandboxFor } from "nestbox/testing";${IN_JEST}`,
    words: (files) => [
      ...[...ESM, JEST, "--config", "esm/jest.config.js", "--maxWorkers", "4"],
      ...named("esm", files),
    ],
  },
  Vitest: {
    folder: "vitest",
    config: {
      "vitest.config.js": 'export default { test: { globalSetup: "nestbox/vitest", maxWorkers: 4 } };',
    },
    file: ".test.ts",
    text: `${ES_MODULES}
import { inject, test as base } from "vitest";
import { sandboxFixture } from "nestbox/vitest";
const test = base.extend({ shop: sandboxFixture(declared) });
${inFile("equal(inject('nestbox').REDIS_URL, url);")}
test("has the sandbox", ({ shop }) => check(shop), 700_000);
`,
    words: (files) => ["node_modules/vitest/vitest.mjs", "run", "--root", "vitest", ...named("", files)],
  },
  "node:test": {
    folder: "node",
    config: {
      "set-up.js": 'export { globalSetup } from "nestbox/node-test";',
      "package.json": '{ "type": "module" }',
    },
    file: ".test.js",
    text: `${ES_MODULES}
import { after, before, test } from "node:test";
import { sandboxFor } from "nestbox/testing";
${inFile(HOOKS, "")}
before(shop.start);
after(shop.end);
test("has the sandbox", () => check());
`,
    words: (files) => [
      ...["--test", "--test-concurrency=4", "--test-global-setup=node/set-up.js"],
      ...files.map((file) => `node/${file}.test.js`),
    ],
  },
};

let project: InstalledProject;

beforeAll(async () => {
  project = installedProject({
    "package.json": '{ "private": true }',
    "sandboxes/package.json": '{ "type": "module" }',
    "sandboxes/index.js": `import { sandbox } from "nestbox";
import { redis } from "nestbox/catalog";
export default [sandbox("shop", { services: { cache: redis() } })];
`,
  });
  for (const { folder, config, file, text } of Object.values(RUNNERS)) {
    for (const [name, content] of Object.entries(config)) project.write(`${folder}/${name}`, content);
    for (const number of FILES) project.write(`${folder}/${number}${file}`, text);
  }
  symlinkSync(await testRunnerModules(), path.join(project.folder, "node_modules"));
}, 300_000);

/** What the project's tests have on the engine. */
async function owned() {
  const all = await readOwnedResources(engineHost(process.env));
  return all.filter(({ labels }) => labels[LABEL.project] === path.basename(project.folder));
}

/** No other command is needed. */
const expectNothingLeft = (): Promise<void> =>
  eventually(async () => expect(await owned()).toEqual([]), { within: "2m" });

/** The addresses that test files have had, with the number of files that had used each before. */
const seen = () => project.read("seen.log").trim().split("\n").filter(Boolean);

afterEach(async () => removeResources(engineHost(process.env), await owned()));

describe.each(Object.entries(RUNNERS))("%s", (_, { words }) => {
  test("shares one sandbox among four workers, and leaves nothing", async () => {
    project.write("seen.log", "");
    await succeeded(project.run("node", words(FILES)));
    const [url] = seen()[0]?.split(" ") ?? [];
    expect(seen().sort()).toEqual(FILES.map((count) => `${url} ${count}`));
    await expectNothingLeft();
  });

  test.each([
    ["Ctrl-C", (runner: ChildProcess): boolean => process.kill(-Number(runner.pid), "SIGINT")],
    ["kill -9", (runner: ChildProcess): boolean => runner.kill("SIGKILL")],
  ] as const)("leaves nothing after %s", async (__, end) => {
    project.write("seen.log", "");
    const runner = spawn(process.execPath, words(HANGING), {
      ...{ cwd: project.folder, detached: true, stdio: "ignore" },
      env: { ...process.env, HANGS: "1" },
    });
    const ended = new Promise((resolve) => runner.once("exit", resolve));
    await eventually(() => expect(seen()).not.toEqual([]), { within: "2m" });
    expect(await owned()).not.toEqual([]);
    end(runner);
    await ended;
    await expectNothingLeft();
    // Workers of a killed runner may go on: they belong to its process group.
    try {
      process.kill(-Number(runner.pid), "SIGKILL");
    } catch {}
  });
});

test("a failing test leaves nothing", async () => {
  const { words } = RUNNERS["Jest with CommonJS"] as Runner;
  expect((await project.run("node", words([1]), { FAILS: "1" })).exitCode).toBe(1);
  await expectNothingLeft();
});

test.each([
  { scope: "worker", most: 2, least: 1 },
  { scope: "file", most: FILES.length, least: FILES.length },
])("Jest's environment has a sandbox for each $scope", async ({ scope, most, least }) => {
  const environment = { testEnvironment: "nestbox/jest/environment", testEnvironmentOptions: { scope } };
  project.write("cjs/scope.config.js", `module.exports = ${JSON.stringify(environment)};`);
  project.write("seen.log", "");
  await succeeded(project.run("node", [JEST, "--config", "cjs/scope.config.js", "--maxWorkers", "2"]));
  const urls = new Set(seen().map((line) => line.split(" ")[0]));
  expect(seen()).toHaveLength(FILES.length);
  expect(urls.size).toBeLessThanOrEqual(most);
  expect(urls.size).toBeGreaterThanOrEqual(least);
  await expectNothingLeft();
});

test("watch mode keeps the sandbox over an edit", async () => {
  project.write("seen.log", "");
  const words = ["node_modules/vitest/vitest.mjs", "--watch", "--root", "vitest"];
  const runner = spawn(process.execPath, words, {
    ...{ cwd: project.folder, detached: true, stdio: ["pipe", "ignore", "ignore"] },
    env: { ...process.env, CI: "" },
  });
  const ended = new Promise((resolve) => runner.once("exit", resolve));
  await eventually(() => expect(seen()).toHaveLength(FILES.length), { within: "2m" });
  const { text } = RUNNERS.Vitest as Runner;
  await eventually(
    () => {
      project.write("vitest/1.test.ts", `${text}// edited\n`);
      expect(seen().length).toBeGreaterThan(FILES.length);
    },
    { within: "2m" },
  );
  expect(new Set(seen().map((line) => line.split(" ")[0])).size).toBe(1);
  process.kill(-Number(runner.pid), "SIGKILL");
  await ended;
  await expectNothingLeft();
});

test("a worker without the line of configuration names it", async () => {
  project.write("cjs/none.config.js", "module.exports = {};");
  const end = await project.run("node", [JEST, "--config", "cjs/none.config.js", "--maxWorkers", "2"]);
  expect(end).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('add globalSetup: "nestbox/jest"'),
  });
});
