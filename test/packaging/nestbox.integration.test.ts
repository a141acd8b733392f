import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { TARBALLS } from "../published.ts";
import { type CommandEnd, type InstalledProject, installedProject, succeeded } from "./installed-project.ts";

const REPOSITORY = path.resolve(__dirname, "../..");
const TSC = path.join(REPOSITORY, "node_modules/typescript/bin/tsc");
const { exports: ENTRIES, devDependencies } = JSON.parse(
  readFileSync(path.join(REPOSITORY, "package.json"), "utf8"),
);

const SANDBOXES = `import { sandbox } from "nestbox";
import { postgres, redis } from "nestbox/catalog";

export default [
  sandbox("shop", {
    services: { cache: redis(), database: postgres() },
    jobs: {
      ping: {
        image: "redis:7-alpine",
        env: ({ cache }) => cache.variables,
        script: ["redis-cli -h cache PING"],
      },
    },
  }),
];
`;

const FILES = {
  "package.json": '{ "type": "module" }',
  "sandboxes/index.ts": SANDBOXES,
  "sandboxes/runners.ts": `import { PRIVILEGED_IMAGES } from "nestbox";
export default [{ name: "dind", tags: ["dind"], privilegedServices: PRIVILEGED_IMAGES }];
`,
};

/** Compiled files, the files that `init` copies, and documents. */
const PACKED = /^package\/(dist\/(.*\.([cm]?js|d\.c?ts)|cli\/init\/container\/\w+)|[\w.]+)$/;

/** The settings of a strict project without Node's types, which checks the declarations of packages, too. */
function tsconfig(module: string, moduleResolution: string): string {
  const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
  const compilerOptions = { noEmit: true, target: "es2024", types: [], module, moduleResolution, ...strict };
  return JSON.stringify({ compilerOptions, include: ["sandboxes"] });
}

test("the tarball is small, and has no test and no stand-in", () => {
  expect(statSync(TARBALLS.nestbox).size).toBeLessThan(1_000_000);
  const files = execFileSync("tar", ["--list", "--gzip", "--file", TARBALLS.nestbox], { encoding: "utf8" })
    .trim()
    .split("\n");
  expect(files).toContain("package/dist/cli/main.mjs");
  expect(files.filter((file) => !PACKED.test(file))).toEqual([]);
  expect(files.filter((file) => /bootstrap|\.test\.|airgap\/|(?<!\.d)\.c?ts$/.test(file))).toEqual([]);
});

describe("without a peer", () => {
  let project: InstalledProject;

  beforeAll(async () => {
    project = installedProject(FILES);
    await project.install(TARBALLS.nestbox);
  }, 300_000);

  test("the entries that need no peer can be imported", () =>
    imports(project, ["nestbox", "nestbox/catalog"]));

  test("npx nestbox prints its help", async () => {
    const { stdout } = await succeeded(project.npx("--help"));
    expect(stdout).toMatch(/^Usage: nestbox/);
  });

  test("plan prints the plan of a declared sandbox", async () => {
    const { stdout } = await succeeded(project.nestbox(["plan", "shop", "--json"]));
    expect(JSON.parse(stdout)).toMatchObject({ sandbox: "shop" });
  });

  test("emit writes the same bytes twice", async () => {
    const files = [".gitlab-ci.yml", ".gitlab/nestbox/shop.yml", "compose/shop.yaml"];
    await succeeded(project.nestbox(["emit"]));
    const first = files.map((file) => project.read(file));
    await succeeded(project.nestbox(["emit"]));
    expect(files.map((file) => project.read(file))).toEqual(first);
    await succeeded(project.nestbox(["emit", "--check"]));
  });

  test("doctor needs no stack", async () => {
    const { exitCode, stdout, stderr } = await project.nestbox(["doctor"]);
    expect(stdout).toMatch(/^✓ Docker \d/m);
    // Progress of what takes over a second.
    expect(stderr.replaceAll(/^[…✓] Runners and GitLab.*\n/gm, "")).toBe("");
    // 1 for a problem, as with a runner of another test that has not started yet.
    expect([0, 1]).toContain(exitCode);
  });

  test.each([
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ])(
    "a strict project compiles with module %s and resolution %s, but for a misspelt service",
    async (...settings) => {
      project.write("tsconfig.json", tsconfig(...settings));
      project.write(
        "sandboxes/misspelt.ts",
        SANDBOXES.replace("({ cache }) => cache", "({ cahce }) => cahce"),
      );
      const { exitCode, stdout } = await project.run("node", [TSC]);
      rmSync(path.join(project.folder, "sandboxes/misspelt.ts"));
      expect(exitCode).not.toBe(0);
      const [error, ...others] = stdout.split(/\n(?! )/);
      expect(error).toMatch(
        /^sandboxes\/misspelt\.ts\(10,\d+\): error TS2339: Property 'cahce' does not exist/,
      );
      expect(others).toEqual([""]);
    },
  );

  test("up names the packages that a stack needs", async () => {
    project.write("Pulumi.yaml", "name: shop\nruntime: nodejs\n");
    const { exitCode, stderr } = await project.nestbox(["up"]);
    rmSync(path.join(project.folder, "Pulumi.yaml"));
    expect(stderr).toMatch(
      /error \S+: @pulumi\/pulumi is not installed; run npm install --save-dev @pulumi\/\S+\n$/,
    );
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(exitCode).toBe(2);
  });

  test.each(["18", "20"])("Node %s is refused in one sentence", async (version) => {
    const node = `node-${process.platform}-${process.arch}@${version}`;
    const { exitCode, stdout, stderr } = await project.run("npm", [
      ...["exec", "--yes", "--prefer-offline", "--loglevel=error", `--package=${node}`, "--"],
      ...["node", "node_modules/nestbox/dist/cli/main.mjs", "--help"],
    ]);
    expect(stdout).toBe("");
    expect(stderr).toMatch(
      new RegExp(`^error Node v${version}\\.\\S+: cannot run TypeScript; use Node 22.18 or newer: .+\n$`),
    );
    expect(exitCode).toBe(2);
  });
});

describe("with @pulumi/docker", () => {
  let project: InstalledProject;
  /** Whether the entry that needs @pulumi/kubernetes could be imported with that alone, and the SDK's. */
  let withKubernetes: Promise<void>;
  /** Whether the entries that need @pulumi/pulumi could be imported with that alone. */
  let alone: Promise<void>;

  // One project for all peers: each further one takes a tenth of the first install.
  beforeAll(async () => {
    project = installedProject(FILES);
    // It depends on @pulumi/pulumi.
    await project.install(TARBALLS.nestbox, peer("@pulumi/kubernetes"));
    withKubernetes = imports(project, ["nestbox", "nestbox/pulumi", "nestbox/pulumi/kubernetes"]);
    await withKubernetes.catch(() => {});
    await project.install(peer("@pulumi/pulumi"));
    await succeeded(project.run("npm", ["uninstall", "@pulumi/kubernetes"]));
    alone = imports(project, ["nestbox", "nestbox/catalog", "nestbox/pulumi", "nestbox/pulumi/gitlab"]);
    await alone.catch(() => {});
    await project.install(peer("@pulumi/docker"), peer("jest-environment-node"));
  }, 300_000);

  test("with @pulumi/kubernetes the entry that needs it could be imported, and those of the SDK", () =>
    withKubernetes);

  test("the entries that need no other peer than @pulumi/pulumi could be imported before it", () => alone);

  test("every entry but that of Kubernetes can be imported", async () => {
    const entries = Object.keys(ENTRIES).map((entry) => entry.replace(".", "nestbox"));
    await imports(
      project,
      entries.filter((entry) => entry !== "nestbox/pulumi/kubernetes"),
    );
  });

  test.each([
    { words: ["--help"], most: 0 },
    { words: ["plan", "shop"], most: 0 },
    { words: ["emit"], most: 0 },
    // It finds fault with what other tests do on the engine.
    { words: ["doctor"], most: 1 },
  ])("$words does not load the SDK of Pulumi", async ({ words, most }) => {
    const loaded = await filesLoaded(project, (traced) => project.nestbox(words, traced), most);
    expect(loaded).toContainEqual(expect.stringMatching(/\/nestbox\/dist\/cli\/command-line\.js$/));
    expect(loaded.filter((file) => /\/@(pulumi|grpc)\//.test(file))).toEqual([]);
  });

  test("a short command loads few files of the package", async () => {
    const loaded = await filesLoaded(project, (traced) =>
      project.nestbox(["plan", "shop", "--json"], traced),
    );
    const own = loaded.flatMap((file) => file.split("/node_modules/nestbox/dist/")[1] ?? []);
    expect(own.sort()).toEqual([
      "catalog/index.js",
      "chunks/plan.js",
      "chunks/together.js",
      "chunks/yaml.js",
      "cli/command-line.js",
      "cli/main.mjs",
      "machine/lock-folder.cjs",
      "machine/lock.cjs",
      "start/index.js",
    ]);
  });

  test("a Pulumi program does not load what the SDK needs for functions alone", async () => {
    project.write("program.mjs", 'import "nestbox/pulumi";');
    const loaded = await filesLoaded(project, (traced) => project.run("node", ["program.mjs"], traced));
    expect(loaded).toContainEqual(expect.stringMatching(/\/@pulumi\/pulumi\/index\.js$/));
    expect(loaded.filter((file) => /\/(typescript|@npmcli\/arborist)\//.test(file))).toEqual([]);
  });

  test("a peer that does not fit is named with the remedy", async () => {
    const manifest = "node_modules/@pulumi/docker/package.json";
    const original = project.read(manifest);
    project.write(manifest, JSON.stringify({ ...JSON.parse(original), version: "4.5.0" }));
    project.write("Pulumi.yaml", "name: shop\nruntime: nodejs\n");
    const { exitCode, stderr } = await project.nestbox(["up"]);
    rmSync(path.join(project.folder, "Pulumi.yaml"));
    project.write(manifest, original);
    const remedy = "run npm install --save-dev @pulumi/docker@\\S+\n$";
    expect(stderr).toMatch(
      new RegExp(`error \\S+: @pulumi/docker 4\\.5\\.0 does not fit nestbox \\S+; ${remedy}`),
    );
    expect(exitCode).toBe(2);
  });

  test("declarations of another copy of the package are refused", async () => {
    const copy = "tools/node_modules/nestbox";
    cpSync(path.join(project.folder, "node_modules/nestbox"), path.join(project.folder, copy), {
      recursive: true,
    });
    const main = path.join(copy, "dist/cli/main.mjs");
    const { exitCode, stderr } = await project.run("node", [main, "plan", "shop"]);
    const problem = 'number 1 of its list is the sandbox "shop" of another copy of nestbox';
    expect(stderr).toMatch(new RegExp(`^error \\S+: ${problem}, .+; install one version: npm ls nestbox\n$`));
    expect(exitCode).toBe(2);
  });
});

function peer(name: string): string {
  return `${name}@${devDependencies[name]}`;
}

async function imports(project: InstalledProject, entries: readonly string[]): Promise<void> {
  for (const entry of entries) await succeeded(project.module(`await import("${entry}")`));
}

/**
 * The URLs of the files that a command loads.
 * @param most the highest exit code with which it has worked
 */
async function filesLoaded(
  project: InstalledProject,
  run: (environment: { readonly NODE_OPTIONS: string }) => Promise<CommandEnd>,
  most = 0,
): Promise<readonly string[]> {
  project.write("trace.mjs", TRACE);
  rmSync(path.join(project.folder, "loaded"), { force: true });
  const { exitCode, stdout, stderr } = await run({ NODE_OPTIONS: "--import ./trace.mjs" });
  if (exitCode > most) throw new Error(`ended with ${exitCode}:\n${stdout}${stderr}`);
  const loaded = project.read("loaded").split("\n");
  rmSync(path.join(project.folder, "loaded"));
  return loaded;
}

/** A module that writes the path of each file that Node loads after it into the file `loaded`. */
const TRACE = `import { appendFileSync } from "node:fs";
import { registerHooks } from "node:module";

registerHooks({
  load(url, context, next) {
    appendFileSync("loaded", url + "\\n");
    return next(url, context);
  },
});
`;
