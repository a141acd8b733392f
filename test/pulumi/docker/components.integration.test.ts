import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { askDocker } from "../../../src/docker/api.ts";
import { engineHost } from "../../../src/docker/engine-host.ts";
import type { DockerHost } from "../../../src/docker/host.ts";
import { readOwnedResources } from "../../../src/docker/owned-resources.ts";
import { LABEL } from "../../../src/model/labels.ts";
import type { OwnedResource } from "../../../src/ownership/owned-resource.ts";
import {
  installNestbox,
  type PulumiProject,
  pulumiProject,
  pulumiYaml,
} from "../../airgap/pulumi-project.ts";
import { type NestedEngine, nestedEngine } from "../../e2e/nested-engine.ts";

let project: PulumiProject;
let owner: string;
let elsewhere: NestedEngine;

beforeAll(async () => {
  project = await pulumiProject({
    "Pulumi.yaml": pulumiYaml(),
    "index.ts": readFileSync(path.join(__dirname, "program/components.ts"), "utf8"),
  });
  owner = project.owner;
  installNestbox(project.folder);
  elsewhere = await nestedEngine(["redis:7-alpine"]);
});

afterAll(async () => {
  await project?.remove();
  await elsewhere?.remove();
});

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
async function parts(engine: DockerHost = engineHost()): Promise<readonly string[]> {
  return (await owned(engine)).map(({ labels }) => `${labels[LABEL.component]} ${labels[LABEL.kind]}`).sort();
}

async function owned(engine: DockerHost = engineHost()): Promise<readonly OwnedResource[]> {
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

test("a transform changes a property of the children, and they stay unchanged after it", async () => {
  await up({ names: ["eu"] });
  const [container] = (await owned()).filter(({ kind }) => kind === "container");
  const { HostConfig } = await askDocker<{ readonly HostConfig: { readonly CpuShares: number } }>(
    engineHost(),
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
  const { code, output } = await project.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
  expect(code === 0 ? "" : output).toBe("");
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
