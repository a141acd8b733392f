import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  type InstalledProject,
  installedProject,
  packTarballs,
  succeeded,
  type Tarballs,
} from "./installed-project.ts";

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

let tarballs: Tarballs;

beforeAll(async () => {
  tarballs = await packTarballs();
}, 300_000);

afterAll(() => tarballs?.remove());

/** The settings of a strict project without Node's types, which checks the declarations of packages, too. */
function tsconfig(module: string, moduleResolution: string): string {
  const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
  const compilerOptions = { noEmit: true, target: "es2024", types: [], module, moduleResolution, ...strict };
  return JSON.stringify({ compilerOptions, include: ["sandboxes"] });
}

test("the tarball is small, and has no test and no stand-in", () => {
  expect(statSync(tarballs.nestbox).size).toBeLessThan(1_000_000);
  const files = execFileSync("tar", ["--list", "--gzip", "--file", tarballs.nestbox], { encoding: "utf8" })
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
    await project.install(tarballs.nestbox);
  }, 300_000);

  afterAll(() => project?.remove());

  test("npx nestbox prints its help", async () => {
    const { stdout } = await succeeded(project.nestbox(["--help"]));
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
    expect((await succeeded(project.nestbox(["doctor"]))).stdout).toMatch(/Docker \d/);
  });

  test.each([
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ])("a strict project compiles with module %s and resolution %s", async (module, resolution) => {
    project.write("tsconfig.json", tsconfig(module, resolution));
    await succeeded(project.run("node", [TSC]));
  });

  test("a misspelt service does not compile", async () => {
    project.write("tsconfig.json", tsconfig("nodenext", "nodenext"));
    project.write("sandboxes/misspelt.ts", SANDBOXES.replace("({ cache }) => cache", "({ cahce }) => cahce"));
    const { exitCode, stdout } = await project.run("node", [TSC]);
    rmSync(path.join(project.folder, "sandboxes/misspelt.ts"));
    expect(exitCode).not.toBe(0);
    expect(stdout).toMatch(
      /^sandboxes\/misspelt\.ts\(10,\d+\): error TS2339: Property 'cahce' does not exist/,
    );
    expect(
      stdout
        .trim()
        .split("\n")
        .filter((line) => line.startsWith("sandboxes")),
    ).toHaveLength(1);
  });

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

/** The entries that work with each peer alone. @pulumi/docker depends on @pulumi/pulumi. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  "no peer": [".", "./catalog"],
  "@pulumi/pulumi": [".", "./catalog", "./pulumi", "./pulumi/gitlab"],
  "@pulumi/docker": Object.keys(ENTRIES),
};

test.each(Object.entries(NEEDED))(
  "with %s the entries that need nothing else can be imported",
  async (peer, entries) => {
    const project = installedProject(FILES);
    try {
      const peers = peer === "no peer" ? [] : [`${peer}@${devDependencies[peer]}`];
      await project.install(tarballs.nestbox, ...peers);
      for (const entry of entries)
        await succeeded(project.module(`await import("${entry.replace(".", "nestbox")}")`));
    } finally {
      project.remove();
    }
  },
  300_000,
);
