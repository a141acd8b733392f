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

// Programs and tests of users, which start a sandbox with the package from the tarball.

const DECLARATION = `{
  services: { cache: redis({ password: secret("cache-password") }) },
  jobs: { ping: { image: "redis:7-alpine", script: ['echo "ponged"'] } },
}`;
const OPTIONS = '{ secrets: { "cache-password": "xylophone" } }';

/** What each test does with a sandbox `shop`. */
const CHECKS = `
  const { host, port, url } = shop.services.cache;
  const greeting = await new Promise((resolve, reject) => {
    const socket = createConnection({ host, port: Number(port) }, () => {
      socket.write("AUTH xylophone\\r\\nPING\\r\\n");
    });
    let text = "";
    socket.on("error", reject).on("data", (part) => {
      text += part;
      if (text.endsWith("PONG\\r\\n")) socket.end(() => resolve(text));
    });
  });
  const { exitCode, stdout } = await shop.exec("cache", ["echo", "inside"]);
  const lines = [];
  for await (const { text } of shop.logs("cache")) lines.push(text);
  const result = await shop.run("ping");
  equal(greeting, "+OK\\r\\n+PONG\\r\\n");
  equal(url, "redis://:xylophone@" + host + ":" + port + "/0");
  equal(shop.variables.REDIS_PASSWORD, "xylophone");
  equal(exitCode + stdout, "0inside\\n");
  ok(lines.some((line) => line.includes("Ready to accept connections")));
  equal(result.exitCode, 0);
  ok(result.stdout.endsWith("\\nponged\\n"));
`;

const IMPORTS = `import { equal, ok } from "node:assert/strict";
import { createConnection } from "node:net";
import { sandbox, secret, start } from "nestbox";
import { redis } from "nestbox/catalog";
const declared = sandbox("shop", ${DECLARATION});
`;

const REQUIRES = IMPORTS.replace(/^import (\{.*\}) from (".*");$/gm, "const $1 = require($2);");

const IN_JEST = `let shop;
beforeAll(async () => { shop = await start(declared, ${OPTIONS}); }, 60_000);
afterAll(() => shop?.remove(), 60_000);
test("shop", async () => {${CHECKS}}, 60_000);
`;

function inNodeTest(text: string): string {
  return text.replace("beforeAll", "before").replace("afterAll", "after").replaceAll(", 60_000);", ");");
}

const JEST = "node_modules/jest/bin/jest.js";

/** Ways to run tests: the files, and the command. */
const RUNNERS: Readonly<
  Record<string, { readonly files: Readonly<Record<string, string>>; readonly words: readonly string[] }>
> = {
  "Jest with CommonJS": {
    files: { "cjs/package.json": "{}", "cjs/shop.test.js": `${REQUIRES}${IN_JEST}` },
    words: [JEST, "--rootDir", "cjs"],
  },
  "Jest with ES modules": {
    files: { "esm/package.json": '{ "type": "module" }', "esm/shop.test.js": `${IMPORTS}${IN_JEST}` },
    words: ["--experimental-vm-modules", JEST, "--rootDir", "esm"],
  },
  Vitest: {
    files: {
      "vitest/shop.test.ts": `import { afterAll, beforeAll, test } from "vitest";
import type { Started } from "nestbox";
${IMPORTS}${IN_JEST.replace("let shop;", "let shop: Started<typeof declared>;")}`,
    },
    words: ["node_modules/vitest/vitest.mjs", "run", "--root", "vitest"],
  },
  "node:test": {
    files: {
      "node/shop.test.mjs": `import { after, before, test } from "node:test";
${IMPORTS}${inNodeTest(IN_JEST)}`,
    },
    words: ["--test", "node/shop.test.mjs"],
  },
  "a script": {
    files: {
      "script.mjs": `${IMPORTS}
const shop = await start(declared, ${OPTIONS});
try {${CHECKS}} finally { await shop.remove(); }
`,
    },
    words: ["script.mjs"],
  },
};

/** A script that starts a sandbox, prints a line, and does something. */
const ENDING = `${IMPORTS}
const shop = await start(declared, ${OPTIONS});
console.log("started");
const ways = {
  idle: () => {},
  wait: () => setInterval(() => {}, 1000),
  exit: () => process.exit(3),
  throw: () => { throw new Error("thrown by the test"); },
};
ways[process.argv[2]]();
`;

let project: InstalledProject;

beforeAll(async () => {
  project = installedProject({ "package.json": '{ "private": true }', "ending.mjs": ENDING });
  // Commands need it; start does not.
  project.write("sandboxes/index.ts", "export default [];\n");
  for (const { files } of Object.values(RUNNERS))
    for (const [file, text] of Object.entries(files)) project.write(file, text);
  symlinkSync(await testRunnerModules(), path.join(project.folder, "node_modules"));
}, 300_000);

/** What the project's programs have on the engine. */
async function owned() {
  const all = await readOwnedResources(engineHost(process.env));
  return all.filter(({ labels }) => labels[LABEL.project] === path.basename(project.folder));
}

afterEach(async () => removeResources(engineHost(process.env), await owned()));

test.each(Object.entries(RUNNERS))("%s starts, uses and removes a sandbox", async (_, { words }) => {
  await succeeded(project.run("node", words));
  expect(await owned()).toEqual([]);
});

describe("the end of a process", () => {
  /** Starts the script in its own process, until it has a sandbox. */
  async function begin(way: string): Promise<{ process: ChildProcess; ended: Promise<unknown[]> }> {
    const child = spawn(process.execPath, ["ending.mjs", way], {
      cwd: project.folder,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise<unknown[]>((resolve) => child.on("exit", (...end) => resolve(end)));
    await new Promise<void>((resolve, reject) => {
      child.stdout.once("data", () => resolve());
      child.once("exit", (code) => reject(new Error(`ended with ${code} before it had started a sandbox`)));
    });
    return { process: child, ended };
  }

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("by %s removes the sandbox first", async (signal) => {
    const { process: child, ended } = await begin("wait");
    expect(await owned()).not.toEqual([]);
    child.kill(signal);
    expect(await ended).toEqual([null, signal]);
    expect(await owned()).toEqual([]);
  });

  test("because nothing is left to do removes the sandbox first", async () => {
    const { ended } = await begin("idle");
    expect(await ended).toEqual([0, null]);
    expect(await owned()).toEqual([]);
  });

  test("by kill -9, an exception or process.exit leaves nothing once the lease is over", async () => {
    const { process: child, ended } = await begin("wait");
    child.kill("SIGKILL");
    expect(await ended).toEqual([null, "SIGKILL"]);
    expect((await project.run("node", ["ending.mjs", "throw"])).exitCode).toBe(1);
    expect((await project.run("node", ["ending.mjs", "exit"])).exitCode).toBe(3);
    await eventually(
      async () => {
        await succeeded(project.nestbox(["ls"]));
        expect(await owned()).toEqual([]);
      },
      { within: "2m" },
    );
  });
});

test("two in one process have services of their own", async () => {
  project.write(
    "two.mjs",
    `${IMPORTS}
const [one, other] = await Promise.all([1, 2].map(() => start(declared, ${OPTIONS})));
ok(one.services.cache.port !== other.services.cache.port);
await one.remove();
equal((await other.exec("cache", ["echo", "still"])).stdout, "still\\n");
await other.remove();
`,
  );
  const { stdout, stderr } = await succeeded(project.run("node", ["two.mjs"]));
  expect({ stdout, stderr }).toEqual({ stdout: "", stderr: "" });
  expect(await owned()).toEqual([]);
});

test("a service that ends is an error with its last output, and leaves nothing", async () => {
  project.write(
    "failing.mjs",
    `${IMPORTS}import { exec } from "nestbox";
const probe = exec("false");
const failing = sandbox("failing", {
  services: { web: { image: "redis:7-alpine", command: ["sh", "-c", "echo out of luck"], probe } },
});
const error = await start(failing).catch((caught) => caught);
equal(error.name, "ServicesFailed");
equal(Object.keys(error.services).join(), "web");
console.log(JSON.stringify(error.services), error.message);
`,
  );
  const { stdout } = await succeeded(project.run("node", ["failing.mjs"]));
  expect(stdout).toContain("out of luck");
  expect(stdout).toContain("failing.services.web");
  expect(await owned()).toEqual([]);
});
