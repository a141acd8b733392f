import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, symlinkSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { engineHost } from "../../src/docker/engine-host.ts";
import { readOwnedResources } from "../../src/docker/owned-resources.ts";
import { removeResources } from "../../src/docker/remove-owned.ts";
import { LABEL } from "../../src/model/labels.ts";
import { eventually } from "../eventually.ts";
import { type InstalledProject, installedProject, succeeded } from "../packaging/installed-project.ts";
import { PUBLISHED_COMMAND, PUBLISHED_MODULES } from "../published.ts";

// A project in Python, whose pytest has one line of configuration. It needs Python 3 with venv and pip.

const PLUGIN = path.resolve(__dirname, "../../pytest");
const PYTEST = "venv/bin/pytest";

const FILES = [1, 2, 3, 4];

/**
 * A test file that has the variables before it is loaded, and adds a line to seen.log: the address, and how
 * many tests have used it before.
 */
const TESTS = `import os
import socket
import time

LOADED_WITH = os.environ.get("REDIS_URL")

def test_sandbox(nestbox):
    cache = nestbox.services["cache"]
    url = os.environ["REDIS_URL"]
    assert LOADED_WITH in (None, url)
    assert nestbox.variables["REDIS_URL"] == cache.variables["REDIS_URL"] == url
    with socket.create_connection((cache.host, cache.port)) as client:
        client.sendall(b"INCR files\\r\\n")
        count = client.recv(64).decode().strip(":\\r\\n")
    with open("seen.log", "a") as seen:
        seen.write(f"{url} {count} {LOADED_WITH is not None}\\n")
    if "HANGS" in os.environ:
        time.sleep(600)
`;

/** A test file that cannot be loaded with the variables. */
const UNSET = `import os

assert "REDIS_URL" not in os.environ

def test_nothing():
    pass
`;

let project: InstalledProject;

beforeAll(async () => {
  project = installedProject({
    "package.json": '{ "private": true, "type": "module" }',
    "sandboxes/index.js": `import { sandbox } from "nestbox";
import { redis } from "nestbox/catalog";
export default [sandbox("shop", { services: { cache: redis() } })];
`,
    "pytest.ini": "[pytest]\nnestbox_sandbox = shop\n",
    "node_modules/.bin/nestbox": `#!/bin/sh\nexec node ${PUBLISHED_COMMAND} "$@"\n`,
  });
  chmodSync(path.join(project.folder, "node_modules/.bin/nestbox"), 0o755);
  symlinkSync(path.join(PUBLISHED_MODULES, "nestbox"), path.join(project.folder, "node_modules/nestbox"));
  for (const number of FILES) project.write(`tests/test_${number}.py`, TESTS);
  await succeeded(project.run("python3", ["-m", "venv", "venv"]));
  const words = ["install", "--quiet", "--disable-pip-version-check", "pytest", "pytest-xdist", PLUGIN];
  await succeeded(project.run("venv/bin/pip", words));
}, 300_000);

beforeEach(() => project.write("seen.log", ""));

/** What the project's tests have on the engine. */
async function owned() {
  const all = await readOwnedResources(engineHost(process.env));
  return all.filter(({ labels }) => labels[LABEL.project] === path.basename(project.folder));
}

afterEach(async () => removeResources(engineHost(process.env), await owned()));

/** What tests have seen: the address, how many had used it, and whether their file was loaded with it. */
const seen = () =>
  project
    .read("seen.log")
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split(" "));

const addresses = () => new Set(seen().map(([url]) => url));

test("a run has one sandbox, which its xdist workers share", async () => {
  await succeeded(project.run(PYTEST, ["-n", "2", "tests"]));
  expect(addresses().size).toBe(1);
  // Two workers write as they end: the lines come in either order.
  const counts = seen().map(([, count]) => Number(count));
  expect(counts.toSorted()).toEqual(FILES);
  expect(seen().map(([, , loaded]) => loaded)).toEqual(FILES.map(() => "True"));
  expect(await owned()).toEqual([]);
});

test.each([
  { scope: "worker", words: ["-n", "2", "--dist", "each"], tests: 2, loadedWith: "True" },
  { scope: "test", words: [], tests: 1, loadedWith: "False" },
])("the scope $scope has a sandbox for each", async ({ scope, words, tests, loadedWith }) => {
  const files = ["tests/test_1.py", "tests/test_2.py"];
  await succeeded(project.run(PYTEST, ["-o", `nestbox_scope=${scope}`, ...words, ...files]));
  expect(addresses().size).toBe(2);
  expect(seen()).toHaveLength(2 * tests);
  expect(seen().map(([, , loaded]) => loaded)).toEqual(seen().map(() => loadedWith));
  expect(await owned()).toEqual([]);
});

test.each([
  ["Ctrl-C", (runner: ChildProcess): boolean => process.kill(-Number(runner.pid), "SIGINT")],
  ["kill -9", (runner: ChildProcess): boolean => runner.kill("SIGKILL")],
] as const)("%s leaves nothing", async (_, end) => {
  const runner = spawn(path.join(project.folder, PYTEST), ["tests/test_1.py"], {
    ...{ cwd: project.folder, detached: true, stdio: "ignore" },
    env: { ...process.env, HANGS: "1" },
  });
  const ended = new Promise((resolve) => runner.once("exit", resolve));
  await eventually(() => expect(seen()).not.toEqual([]), { within: "2m" });
  expect(await owned()).not.toEqual([]);
  end(runner);
  await ended;
  await eventually(async () => expect(await owned()).toEqual([]), { within: "2m" });
});

test("collecting tests, and a project without the line, start nothing", async () => {
  project.write("collected/test_unset.py", UNSET);
  await succeeded(project.run(PYTEST, ["--collect-only", "collected/test_unset.py"]));
  const end = await project.run(PYTEST, ["-o", "nestbox_sandbox=", "tests/test_1.py"]);
  expect(end).toMatchObject({
    exitCode: 1,
    stdout: expect.stringContaining("nestbox_sandbox is missing in the settings of pytest"),
  });
});

test("what cannot start is one message, and no traceback", async () => {
  const end = await project.run(PYTEST, ["-o", "nestbox_sandbox=shops", "tests"]);
  expect(end).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('"shops"') });
  expect(end.stderr).not.toContain("Traceback");
});
