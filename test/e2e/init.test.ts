import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, expect, test } from "@jest/globals";
import { removeOwned } from "../../bench/remove-owned.ts";
import { ownerOf } from "../../src/stacks/stack-identity.ts";
import { type InstalledProject, installedProject, succeeded } from "../packaging/installed-project.ts";
import { TARBALLS } from "../published.ts";

// A project that npm itself began, a CommonJS package, with the packed packages: what it cannot download, it
// compiles or replaces.

const REPOSITORY = path.resolve(__dirname, "../..");
const TSC = path.join(REPOSITORY, "node_modules/typescript/bin/tsc");
const { devDependencies } = JSON.parse(readFileSync(path.join(REPOSITORY, "package.json"), "utf8"));
const PLUGINS = "node_modules/nestbox-airgap/dist";
const PEERS = ["@pulumi/docker", "@pulumi/pulumi"].map((name) => `${name}@${devDependencies[name]}`);

const SERVICES = ["redis", "postgres", "valkey", "docker", "nats", "mosquitto"];

const PROGRAM = `import { sandbox } from "nestbox";
import { redis } from "nestbox/catalog";
import { DockerSandbox } from "nestbox/pulumi/docker";

const shop = sandbox("shop", { services: { cache: redis({ publish: true }) } });
export const url = new DockerSandbox("shop", { sandbox: shop }).services.cache.published.url;
`;

let project: InstalledProject;

beforeAll(async () => {
  project = installedProject({});
  await succeeded(project.run("npm", ["init", "--yes"]));
  await project.install(TARBALLS.nestbox, TARBALLS.airgap, ...PEERS);
}, 300_000);

test("a stack of the services of the catalog comes up, and its jobs pass", async () => {
  await succeeded(project.nestbox(["init", "--stack", "--gitlab", "--service", ...SERVICES]));
  try {
    expect((await succeeded(project.nestbox(["up"]))).stderr).toMatch(
      /Pulumi \S+ .*, Docker provider \S+ .*, Node language host /,
    );
    const [, name = ""] = /nestbox:sandboxes: \[(.+)\]/.exec(project.read("Pulumi.dev.yaml")) ?? [];
    const { stderr } = await succeeded(project.nestbox(["run", name]));
    expect(stderr.match(/✓ \S+ check-/g)).toHaveLength(SERVICES.length);
  } finally {
    await project.nestbox(["down"]);
  }
}, 600_000);

test("the plain Pulumi CLI runs a program with the installed package", async () => {
  const state = path.join(project.folder, "state");
  mkdirSync(state);
  project.write("program/index.mts", PROGRAM);
  project.write(
    "program/Pulumi.yaml",
    "name: packed-program\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.mts\n",
  );
  const environment = {
    PATH: [path.dirname(process.execPath), process.env.PATH].join(path.delimiter),
    PULUMI_HOME: process.env.PULUMI_HOME ?? "",
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: "",
    PULUMI_STACK: "dev",
  };
  const pulumi = (...words: readonly string[]) =>
    succeeded(project.run("pulumi", ["--cwd", "program", ...words], environment));
  try {
    await pulumi("stack", "select", "--create", "dev");
    await pulumi("up", "--yes", "--skip-preview");
    expect((await pulumi("stack", "output", "url")).stdout).toMatch(/^redis:\/\/127\.0\.0\.1:\d+/);
    await pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
    await pulumi("destroy", "--yes", "--skip-preview");
  } finally {
    await removeOwned(ownerOf({ project: "packed-program", stack: "dev", backend: `file://${state}` }));
  }
}, 600_000);

test("the GitLab provider of the installed package starts", async () => {
  const plugin = spawn(path.join(project.folder, PLUGINS, "gitlab-provider/bin/pulumi-resource-gitlab"), {
    env: { ...process.env, PATH: `${path.dirname(process.execPath)}:${process.env.PATH}` },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [port] = await once(plugin.stdout, "data");
  plugin.kill();
  expect(String(port)).toMatch(/^\d+\n$/);
});

test.each([
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
])("its files compile with module %s and resolution %s", async (module, moduleResolution) => {
  const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
  const options = { noEmit: true, target: "es2024", types: [], skipLibCheck: true, ...strict };
  const compilerOptions = { module, moduleResolution, allowImportingTsExtensions: true, ...options };
  project.write("tsconfig.json", JSON.stringify({ compilerOptions, include: ["sandboxes", "infra"] }));
  await succeeded(project.run("node", [TSC]));
});
