import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { SERVICE_CHOICES } from "../../src/cli/init/service-choices.ts";
import { type InstalledProject, installedProject, succeeded } from "../packaging/installed-project.ts";
import { TARBALLS } from "../published.ts";

// A project that npm itself began, a CommonJS package, with the packed packages.

const REPOSITORY = path.resolve(__dirname, "../..");
const TSC = path.join(REPOSITORY, "node_modules/typescript/bin/tsc");
const { devDependencies } = JSON.parse(readFileSync(path.join(REPOSITORY, "package.json"), "utf8"));
const PEERS = ["@pulumi/docker", "@pulumi/pulumi"].map((name) => `${name}@${devDependencies[name]}`);

/** The mirror ends at its start where it does not reach Docker Hub. */
const SERVICES = SERVICE_CHOICES.map(({ name }) => name).filter((name) => name !== "registry-mirror");

let project: InstalledProject;

beforeAll(async () => {
  project = installedProject({});
  await succeeded(project.run("npm", ["init", "--yes"]));
  await project.install(TARBALLS.nestbox, TARBALLS.airgap, ...PEERS);
}, 300_000);

afterAll(() => {
  project?.remove();
});

test("a stack of the services of the catalog comes up, and its jobs pass", async () => {
  await succeeded(project.nestbox(["init", "--stack", "--gitlab", "--service", ...SERVICES]));
  try {
    await succeeded(project.nestbox(["up"]));
    const [, name = ""] = /nestbox:sandboxes: \[(.+)\]/.exec(project.read("Pulumi.dev.yaml")) ?? [];
    const { stderr } = await succeeded(project.nestbox(["run", name]));
    expect(stderr.match(/✓ \S+ check-/g)).toHaveLength(SERVICES.length);
  } finally {
    await project.nestbox(["down"]);
  }
}, 600_000);

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
