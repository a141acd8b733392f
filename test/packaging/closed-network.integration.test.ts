import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { removeOwned } from "../../src/docker/remove-owned.ts";
import { ownerOf } from "../../src/stacks/stack-identity.ts";
import { TARBALLS } from "../published.ts";
import { type InstalledProject, installedProject, succeeded } from "./installed-project.ts";

// A project outside this repository with both packages: what it cannot download, it compiles or replaces.

const REPOSITORY = path.resolve(__dirname, "../..");
const { devDependencies } = JSON.parse(readFileSync(path.join(REPOSITORY, "package.json"), "utf8"));
const PLUGINS = "node_modules/nestbox-airgap/dist";

const PROGRAM = `import { sandbox } from "nestbox";
import { redis } from "nestbox/catalog";
import { DockerSandbox } from "nestbox/pulumi/docker";

const shop = sandbox("shop", { services: { cache: redis({ publish: true }) } });
export const url = new DockerSandbox("shop", { sandbox: shop }).services.cache.published.url;
`;

const FILES = {
  "package.json": '{ "name": "packed", "type": "module" }',
  "program/Pulumi.yaml": "name: packed-program\nruntime: { name: nodejs, options: { typescript: false } }\n",
  "program/index.ts": PROGRAM,
};

let project: InstalledProject;
let backend: string;

beforeAll(async () => {
  project = installedProject(FILES);
  const state = path.join(project.folder, "state");
  mkdirSync(state);
  backend = `file://${state}`;
  const peers = ["@pulumi/pulumi", "@pulumi/docker"].map((name) => `${name}@${devDependencies[name]}`);
  await project.install(TARBALLS.nestbox, TARBALLS.airgap, ...peers);
}, 300_000);

afterAll(async () => {
  for (const name of ["packed", "packed-program"])
    await removeOwned(ownerOf({ project: name, stack: "dev", backend }));
  project.remove();
});

test("a stack of init goes up and down with the parts that the installed packages find", async () => {
  await succeeded(project.nestbox(["init", "--service", "redis", "--stack"]));
  const environment = { PULUMI_BACKEND_URL: backend };
  expect((await succeeded(project.nestbox(["up"], environment))).stderr).toMatch(
    /Pulumi \S+ .*, Docker provider \S+ .*, Node language host /,
  );
  expect((await succeeded(project.nestbox(["run", "packed"], environment))).stdout).toContain("PONG");
  await succeeded(project.nestbox(["down"], environment));
}, 600_000);

test("the plain Pulumi CLI runs a program with the installed package", async () => {
  const environment = {
    PATH: [path.dirname(process.execPath), process.env.PATH].join(path.delimiter),
    PULUMI_HOME: process.env.PULUMI_HOME ?? "",
    PULUMI_BACKEND_URL: backend,
    PULUMI_CONFIG_PASSPHRASE: "",
    PULUMI_STACK: "dev",
  };
  const pulumi = (...words: readonly string[]) =>
    succeeded(project.run("pulumi", ["--cwd", "program", ...words], environment));
  await pulumi("stack", "select", "--create", "dev");
  await pulumi("up", "--yes", "--skip-preview");
  expect((await pulumi("stack", "output", "url")).stdout).toMatch(/^redis:\/\/127\.0\.0\.1:\d+/);
  await pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
  await pulumi("destroy", "--yes", "--skip-preview");
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
