import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { askDocker } from "../../../src/docker/api.ts";
import { engineHost } from "../../../src/docker/engine-host.ts";
import type { DockerHost } from "../../../src/docker/host.ts";
import { readOwnedResources } from "../../../src/docker/owned-resources.ts";
import { runInContainer } from "../../../src/docker/run-in-container.ts";
import { LABEL } from "../../../src/model/labels.ts";
import type { OwnedResource } from "../../../src/ownership/owned-resource.ts";
import {
  installNestbox,
  type PulumiProject,
  pulumiProject,
  pulumiYaml,
} from "../../airgap/pulumi-project.ts";
import { type NestedEngine, nestedEngine } from "../../e2e/nested-engine.ts";
import { PUBLISHED_COMMAND } from "../../published.ts";

let project: PulumiProject;
let owner: string;
let elsewhere: NestedEngine;

beforeAll(async () => {
  project = await pulumiProject({
    "Pulumi.yaml": `${pulumiYaml()}config:\n  nestbox:sandboxes:\n    value: [shop]\n`,
    "index.ts": programFile("components.ts"),
  });
  mkdirSync(path.join(project.folder, "sandboxes"));
  project.write("sandboxes/index.ts", programFile("sandboxes/index.ts"));
  owner = project.owner;
  installNestbox(project.folder);
  elsewhere = await nestedEngine(["redis:7-alpine"]);
});

afterAll(async () => {
  await project?.remove();
  await elsewhere?.remove();
});

function programFile(name: string): string {
  return readFileSync(path.join(__dirname, "program", name), "utf8");
}

/** Makes these components, and gives the services that are the stack's outputs. */
async function up(
  settings: object,
): Promise<Readonly<Record<string, { cache: Readonly<Record<string, unknown>> }>>> {
  project.write("settings.json", JSON.stringify({ cpuShares: 512, ...settings }));
  const end = await project.pulumi("up", "--yes", "--skip-preview");
  if (end.code !== 0) throw new Error(end.output);
  return (project.outputs() as { readonly services: Awaited<ReturnType<typeof up>> }).services;
}

/** The networks, volumes and services of the owner on an engine, as `component kind`. */
async function parts(engine: DockerHost = engineHost(process.env)): Promise<readonly string[]> {
  return (await owned(engine)).map(({ labels }) => `${labels[LABEL.component]} ${labels[LABEL.kind]}`).sort();
}

async function owned(engine: DockerHost = engineHost(process.env)): Promise<readonly OwnedResource[]> {
  const all = await readOwnedResources(engine, owner);
  return all.filter(({ labels }) => labels[LABEL.component] !== undefined);
}

const partsOf = (name: string) => [`${name} network`, `${name} service`, `${name} volume`];

test("of two components of one sandbox, one goes and the other stays as it is", async () => {
  const { eu, us } = await up({ names: ["eu", "us"] });
  expect(eu?.cache.url).toBe("redis://cache:6379/0");
  expect(eu?.cache.published).not.toEqual(us?.cache.published);
  expect(await parts()).toEqual([...partsOf("eu"), ...partsOf("us")]);
  const before = (await owned()).filter(({ labels }) => labels[LABEL.component] === "eu");
  await up({ names: ["eu"] });
  expect((await owned()).map(({ id }) => id).sort()).toEqual(before.map(({ id }) => id).sort());
});

/** Runs `nestbox` for the stack. */
function nestbox(...words: readonly string[]) {
  const options = { cwd: project.folder, env: project.environment, encoding: "utf8" } as const;
  return spawnSync(process.execPath, [PUBLISHED_COMMAND, "--stack", "test", ...words], options);
}

test("run, env, exec and connect take the component that --component names", async () => {
  const { us } = await up({ names: ["eu", "us"] });
  const published = us?.cache.published as { readonly port: string } | undefined;
  expect(nestbox("env", "shop")).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/sandbox "shop": the stack has several, eu and us; choose one with --comp/),
  });
  expect(nestbox("env", "--component", "us").stdout).toContain(`REDIS_PORT=${published?.port}\n`);
  const inUs = ["run", "--component", "us", "shop"];
  expect(nestbox(...inUs, "--", "sh", "-c", 'echo "$REDIS_PORT"').stdout).toBe(`${published?.port}\n`);
  expect(nestbox(...inUs, "mark")).toMatchObject({ status: 0 });
  expect(await marked()).toEqual({ eu: "0", us: "1" });
  const read = (component: string) => ["--component", component, "cache", "--", "exists", "marked"];
  expect(nestbox("connect", ...read("us"))).toMatchObject({ status: 0, stdout: "1\n" });
  expect(nestbox("connect", ...read("eu"))).toMatchObject({ status: 0, stdout: "0\n" });
  expect(nestbox("exec", "cache", "--", "true")).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("choose one with --component"),
  });
});

/** How often the mark is set in the cache of each component. */
async function marked(): Promise<Readonly<Record<string, string>>> {
  const containers = (await owned()).filter(({ kind }) => kind === "container");
  const found = containers.map(async ({ id, labels }) => {
    const words = ["redis-cli", "EXISTS", "marked"];
    const { output } = await runInContainer(engineHost(process.env), id, words, AbortSignal.timeout(60_000));
    return [labels[LABEL.component], output.replace(/\D/g, "")] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

test("a transform changes a property of the children, and they stay unchanged after it", async () => {
  await up({ names: ["eu"] });
  const [container] = (await owned()).filter(({ kind }) => kind === "container");
  const { HostConfig } = await askDocker<{ readonly HostConfig: { readonly CpuShares: number } }>(
    engineHost(process.env),
    `/containers/${container?.id}/json`,
  );
  expect(HostConfig.CpuShares).toBe(512);
  const { code, output } = await project.pulumi("preview", "--expect-no-changes");
  expect(code === 0 ? "" : output).toBe("");
});

test("a provider for another engine is enough to make a component there", async () => {
  const { host } = elsewhere.host;
  const { eu, us } = await up({ names: ["eu", "us"], host });
  expect([eu?.cache.host, us?.cache.host]).toEqual(["cache", "cache"]);
  expect(await parts()).toEqual(partsOf("eu"));
  expect(await parts(elsewhere.host)).toEqual(partsOf("us"));
  for (const words of [["preview"], ["up", "--yes", "--skip-preview"]]) {
    const { code, output } = await project.pulumi(...words, "--expect-no-changes");
    expect(code === 0 ? "" : output).toBe("");
  }
  await up({ names: ["eu"], host: undefined });
  expect(await parts(elsewhere.host)).toEqual([]);
  expect(await parts()).toEqual(partsOf("eu"));
});

test("an engine that does not answer is named, without a stack trace", async () => {
  project.write("settings.json", JSON.stringify({ names: ["eu", "us"], host: "tcp://127.0.0.1:9" }));
  const { code, output } = await project.pulumi("up", "--yes", "--skip-preview");
  expect(code).toBeGreaterThan(0);
  expect(output).toContain("the Docker engine at tcp://127.0.0.1:9");
  expect(output).not.toMatch(/\n\s+at /);
});
