import { execFileSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { CATALOG } from "../../../src/catalog/index.ts";
import type { FolderFacts } from "../../../src/cli/init/folder-facts.ts";
import { type InitRequest, newFiles, projectName } from "../../../src/cli/init/new-files.ts";
import { chooseServices } from "../../../src/cli/init/service-choices.ts";

const REPOSITORY = path.resolve(__dirname, "../../..");
const BIOME = path.join(REPOSITORY, "node_modules/.bin/biome");
const VERSIONS = {
  nestbox: "^0.1.0",
  "@pulumi/docker": "^5.2.0",
  "@pulumi/kubernetes": "^4.25.0",
  "@pulumi/pulumi": "^3.259.0",
};

/** An empty folder. */
const EMPTY: FolderFacts = {
  folderName: "shop",
  declarations: { sandboxes: "sandboxes/index.ts", runners: "sandboxes/runners.ts" },
  isDeclared: false,
  installed: [],
  listed: [],
  ignored: [],
  installCommand: "npm install",
};
const MODULE: FolderFacts = { ...EMPTY, manifest: '{\n  "type": "module"\n}\n', moduleType: "module" };
const REDIS: InitRequest = {
  services: chooseServices([]),
  ...{ target: "docker", stack: false, runner: false, gitlab: false },
};

/** The contents of the files with content, by path. */
function contents(facts: FolderFacts, request: Partial<InitRequest> = {}, sandboxes = ["shop"]) {
  const files = newFiles(facts, { ...REDIS, ...request }, VERSIONS, sandboxes);
  return Object.fromEntries(
    files.filter(({ content }) => content !== "").map((file) => [file.path, file.content]),
  );
}

test("an empty folder gets a sandbox, a package.json and a .gitignore", () => {
  expect(contents(EMPTY)).toEqual({
    "sandboxes/index.mts": `import { sandbox } from "nestbox";
import { redis } from "nestbox/catalog";

/** The sandboxes of this project. */
export default [
  sandbox("shop", {
    services: {
      redis: redis(),
    },
    jobs: {
      "check-redis": {
        image: "redis:7-alpine",
        env: ({ redis }) => redis.variables,
        script: ['redis-cli -h "$REDIS_HOST" ping | grep PONG'],
      },
    },
  }),
];
`,
    "package.json": `{
  "private": true,
  "scripts": {
    "sandbox:run": "nestbox run shop",
    "sandbox:emit": "nestbox emit"
  },
  "devDependencies": {
    "nestbox": "^0.1.0"
  }
}
`,
    ".gitignore": "node_modules/\n",
  });
});

test("a stack is a Pulumi project, the settings of dev and a program", () => {
  const { "package.json": manifest, ...files } = contents(MODULE, { stack: true });
  expect(Object.keys(files)).toEqual([
    "sandboxes/index.ts",
    "Pulumi.yaml",
    "Pulumi.dev.yaml",
    "infra/index.ts",
    ".gitignore",
  ]);
  expect(files).toMatchObject({
    "Pulumi.yaml": `name: shop
description: Throw-away environments for integration tests
main: infra/index.ts
runtime:
  name: nodejs
  options:
    # Node runs TypeScript as it is: no type check and no build at start.
    typescript: false
`,
    "Pulumi.dev.yaml": "config:\n  nestbox:sandboxes: [shop]\n",
    "infra/index.ts": `import { bringUp } from "nestbox/pulumi";

/** Creates what the settings of the stack ask for, and exports how its services are reached. */
export default await bringUp({
  sandboxes: () => import("../sandboxes/index.ts"),
});
`,
    ".gitignore": "node_modules/\n.nestbox/\n",
  });
  const { "@pulumi/kubernetes": _, ...versions } = VERSIONS;
  expect(JSON.parse(manifest ?? "").devDependencies).toEqual(versions);
});

test("a stack in a cluster has its target in the settings, and the packages for it", () => {
  const request = { target: "kubernetes", stack: true } as const;
  const files = contents(MODULE, { ...request, gitlab: true });
  const settings = "config:\n  nestbox:sandboxes: [shop]\n  nestbox:target: kubernetes\n";
  expect(files["Pulumi.dev.yaml"]).toBe(settings);
  expect(files["Pulumi.branch.yaml"]).toContain(`${settings}  nestbox:timeToLive: 8h\n`);
  const packages = (runner: boolean) =>
    JSON.parse(contents(MODULE, { ...request, runner })["package.json"] ?? "").devDependencies;
  const { "@pulumi/docker": _, ...versions } = VERSIONS;
  expect(packages(false)).toEqual(versions);
  expect(packages(true)).toEqual(VERSIONS);
});

test("without a stack, package.json has the target, and keeps the settings that are there", () => {
  const nestbox = { sandboxes: "ci/boxes.ts", target: "docker" };
  const manifestOf = (manifest: object) =>
    JSON.parse(
      contents({ ...MODULE, manifest: JSON.stringify(manifest) }, { target: "kubernetes" })["package.json"] ??
        "",
    );
  expect(manifestOf({})).toMatchObject({
    nestbox: { target: "kubernetes" },
    devDependencies: { nestbox: "^0.1.0" },
  });
  expect(manifestOf({ nestbox })).toMatchObject({ nestbox });
});

test("in a CommonJS package, Node and Pulumi take sandboxes and program for ES modules", () => {
  const files = contents({ ...EMPTY, moduleType: "commonjs" }, { stack: true, runner: true });
  expect(files).toMatchObject({
    "infra/package.json": '{ "type": "module" }\n',
    "infra/index.ts": expect.stringContaining(`  sandboxes: () => import("../sandboxes/index.mts"),
  runners: () => import("../sandboxes/runners.mts"),
`),
    "sandboxes/runners.mts": expect.any(String),
  });
});

test("a runner starts Docker daemons, and its settings name this repository's GitLab", () => {
  const facts = { ...MODULE, gitlabUrl: "https://git.example.org" };
  expect(contents(facts, { stack: true, runner: true })).toMatchObject({
    "sandboxes/runners.ts": `import { PRIVILEGED_IMAGES, type Runner } from "nestbox";

/** The GitLab runners of this project, the least privileged first: a job gets the first that suits it. */
const runners: readonly Runner[] = [
  {
    name: "docker-in-docker",
    tags: ["docker-in-docker"],
    privilegedServices: PRIVILEGED_IMAGES,
    sharedFolders: ["/certs/client"],
  },
];

export default runners;
`,
    "Pulumi.ci.yaml": expect.stringContaining("    gitlabUrl: https://git.example.org\n"),
  });
});

test("environments per branch get settings and an image", () => {
  const files = contents(MODULE, { stack: true, gitlab: true });
  expect(files).toMatchObject({
    "sandboxes/index.ts": expect.stringContaining("    perBranch: true,\n    services: {\n"),
    "Pulumi.branch.yaml": expect.stringContaining("config:\n  nestbox:sandboxes: [shop]\n"),
    "container/Dockerfile": expect.stringContaining("\nCOPY package.json package-lock.json ./\n"),
    "container/nestbox": expect.stringMatching(/^#!\/bin\/sh\n/),
    ".dockerignore": expect.stringContaining(".git\n"),
  });
  expect(Object.keys(contents(MODULE, { gitlab: true }))).not.toContain("container/Dockerfile");
});

test("declarations that are there decide the path, the stack's sandboxes and the script", () => {
  const declarations = { sandboxes: "ci/boxes.ts", runners: "ci/runners.ts" };
  const facts = { ...EMPTY, moduleType: "commonjs", declarations, isDeclared: true };
  expect(contents(facts, { stack: true, runner: true }, ["one", "two"])).toMatchObject({
    "ci/boxes.ts": expect.any(String),
    "ci/runners.ts": expect.any(String),
    "Pulumi.dev.yaml": "config:\n  nestbox:sandboxes: [one, two]\n",
    "infra/index.ts": expect.stringContaining('import("../ci/boxes.ts")'),
    "package.json": expect.stringContaining('"nestbox run one"'),
  });
});

test("what a package.json here or above lists is not added, nor what git ignores", () => {
  const facts = { ...EMPTY, listed: ["nestbox", "@pulumi/docker"], ignored: ["node_modules/"] };
  const files = contents(facts, { stack: true });
  expect(JSON.parse(files["package.json"] ?? "").devDependencies).toEqual({ "@pulumi/pulumi": "^3.259.0" });
  expect(files[".gitignore"]).toBe(".nestbox/\n");
  expect(contents(facts)).not.toHaveProperty([".gitignore"]);
});

test("a .gitignore keeps its lines", () => {
  expect(contents({ ...EMPTY, gitignore: "*.log" })[".gitignore"]).toBe("*.log\nnode_modules/\n");
  expect(contents({ ...EMPTY, gitignore: "node_modules/\r\n" })[".gitignore"]).toBe("node_modules/\r\n");
});

test.each([
  ["shop", undefined, "shop"],
  ["My Shop_2", undefined, "my-shop-2"],
  ["shop", '{ "name": "@team/web.app" }', "web-app"],
  ["2024", undefined, "app"],
  ["branch", undefined, "app"],
  ["x".repeat(50), undefined, "x".repeat(40)],
])("the folder %s with the package.json %s is the project %s", (folderName, manifest, name) => {
  expect(projectName({ folderName, ...(manifest !== undefined && { manifest }) })).toBe(name);
});

test("the files are formatted and free of lint", () => {
  const request = { services: CATALOG, stack: true, runner: true, gitlab: true };
  const code = Object.entries(contents(MODULE, request)).filter(([file]) => /\.(ts|json)$/.test(file));
  expect(code).toHaveLength(4);
  for (const [file, content] of code) {
    const width = "--javascript-formatter-line-width=80";
    const words = ["check", "--write", width, `--stdin-file-path=${file}`];
    const formatted = execFileSync(BIOME, words, { cwd: REPOSITORY, input: content }).toString();
    expect(formatted).toBe(content);
  }
});
