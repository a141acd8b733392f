import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { askDocker } from "../../../src/docker/api.ts";
import { engineHost } from "../../../src/docker/engine-host.ts";
import { inspectImage, removeImageName } from "../../../src/docker/engine-images.ts";
import { pullWithCredentials } from "../../../src/docker/registry/pull-with-credentials.ts";
import { nameBuildsOf } from "../../../src/images/name-builds.ts";
import { build } from "../../../src/model/build-definition.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import type { PlannedBuild } from "../../../src/model/plan/plan.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { setUp } from "../../../src/setup/index.ts";
import { type ProjectRegistry, projectRegistry } from "../../e2e/project-registry.ts";
import { freePort } from "../../free-port.ts";
import { dockerWith } from "../../setup/docker-command.ts";
import { SILENT } from "../../silent-progress.ts";

// The reference registry, with TLS of its own authority and a password.

const docker = engineHost(process.env);
/** Makes the image of this run another than those of other runs. */
const run = randomBytes(6).toString("hex");
const folder = `pushed-${run}`;
let registry: ProjectRegistry;
let project: string;
let built: PlannedBuild;

beforeAll(async () => {
  await dockerWith(["registry:3", "alpine:3.19"]);
  registry = await projectRegistry({ engine: docker, hostname: "127.0.0.1", port: await freePort() });
  project = mkdtempSync(path.join(tmpdir(), "nestbox-publish-image-"));
  mkdirSync(path.join(project, folder));
  writeFileSync(path.join(project, folder, "Dockerfile"), `FROM alpine:3.19\nRUN echo ${run} >/content\n`);
  const image = build(folder);
  const [found] = nameBuildsOf(plan(sandbox("box", { services: { api: { image } } })), project).builds;
  if (found === undefined) throw new Error("the plan has no build");
  built = found;
}, 600_000);

afterAll(async () => {
  if (built && (await inspectImage(docker, built.image))) await removeImageName(docker, built.image);
  await registry?.remove();
  rmSync(project, { recursive: true, force: true });
});

function environment(password = registry.login.password) {
  const auths = { [registry.address]: { ...registry.login, password } };
  return { ...process.env, HOME: project, DOCKER_AUTH_CONFIG: JSON.stringify({ auths }) };
}

/** Sets up the machine for the build, and gives the reference of its image. */
async function published(password?: string): Promise<string> {
  const { published: references } = await setUp(
    {
      ...{ projectFolder: project, docker: true, pulumi: false, images: [], builds: [built] },
      ...{ registry: `${registry.address}/team`, signal: new AbortController().signal },
      environment: environment(password),
    },
    SILENT,
  );
  return references[built.image] ?? "";
}

/** The names that the engine has for images of the test's folder. */
async function names(): Promise<readonly string[]> {
  const images = await askDocker<readonly { readonly RepoTags?: readonly string[] }[]>(
    docker,
    "/images/json",
  );
  return images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((name) => name.includes(folder));
}

test("a wrong password is an error with the registry's words, and the image stays built", async () => {
  await expect(published("wrong-password")).rejects.toThrow(
    new RegExp(
      `^push of ${registry.address}/team/${folder}:\\w+: ${registry.address} refuses the login of ` +
        "DOCKER_AUTH_CONFIG; correct it there, or run docker login .*unauthorized",
    ),
  );
  expect(await names()).toEqual([built.image]);
});

test("an image is built, pushed under its content's tag and referred to by its digest", async () => {
  const reference = await published();
  const [, tag = ""] = built.image.split(":");
  const digest = await registry.digestOf(`team/${folder}`, tag);
  expect(reference).toBe(`${registry.address}/team/${folder}:${tag}@${digest}`);
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(await names()).toEqual([built.image]);
});

test("what the registry has is neither built nor pushed, and can be pulled by the reference", async () => {
  await removeImageName(docker, built.image);
  const reference = await published();
  expect(await names()).toEqual([]);
  expect(await inspectImage(docker, reference)).toBeUndefined();
  await pullWithCredentials(docker, reference, { environment: environment() });
  try {
    expect((await inspectImage(docker, reference))?.labels).toMatchObject({ "nestbox.build": folder });
  } finally {
    await removeImageName(docker, reference);
  }
});
