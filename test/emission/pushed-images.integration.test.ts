import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { uplinkMtu } from "../../src/machine/uplink.ts";
import { build } from "../../src/model/build-definition.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { type NestedEngine, nestedEngine } from "../e2e/nested-engine.ts";
import { type ProjectRegistry, projectRegistry } from "../e2e/project-registry.ts";
import { dockerWith } from "../setup/docker-command.ts";
import { type EmittedProject, emittedProject } from "./emitted-project.ts";
import { fileProblem, type PipelineEnd, runPipeline } from "./gitlab-ci-local.ts";

// The emitted job that builds and pushes an image, and those that use it, on a nested engine that accepts any
// registry certificate.

const IMAGES = ["alpine:3.19", "registry:3", "docker:25.0.0-cli", "docker:dind"];
const FOR_PIPELINES = ["firecow/gitlab-ci-local-util:latest", "sumina46/wait-for-it:latest"];

const api = build("api");
const shop = sandbox("shop", {
  services: { api: { image: api, command: ["sleep", "1000"] } },
  jobs: { tests: { image: api, script: ["cat /greeting"], gitlab: { strategy: "services" } } },
});

/** Makes the content of this run another than that of other runs. */
const run = randomBytes(6).toString("hex");
let engine: NestedEngine;
let registry: ProjectRegistry;
let project: EmittedProject;
/** The mirror from which the daemon of the job gets the image that the build starts from. */
let mirrors: readonly string[];

beforeAll(async () => {
  const { mirror } = await dockerWith([...IMAGES, ...FOR_PIPELINES]);
  mirrors = mirror === undefined ? [] : [mirror];
  engine = await nestedEngine([...IMAGES, ...FOR_PIPELINES], {
    daemonArguments: ["--insecure-registry=0.0.0.0/0", `--mtu=${uplinkMtu()}`],
    binds: [tmpdir()],
  });
  const { hostname } = new URL(engine.host.host);
  registry = await projectRegistry({ engine: engine.host, hostname });
  project = emittedProject([shop]);
  project.write("api/Dockerfile", "FROM alpine:3.19\nCOPY greeting /\n");
  project.write("api/greeting", `hello ${run}\n`);
  const login = Buffer.from(`${registry.login.username}:${registry.login.password}`).toString("base64");
  const auths = { [registry.address]: { auth: login } };
  project.write(".runner/login/config.json", JSON.stringify({ auths }));
  process.env.DOCKER_HOST = engine.host.host;
}, 1_200_000);

afterAll(async () => {
  delete process.env.DOCKER_HOST;
  project?.remove();
  await registry?.remove();
  await engine?.remove();
}, 120_000);

function pipeline(): Promise<PipelineEnd> {
  return runPipeline(project, ["shop:tests"], {
    variables: {
      CI_REGISTRY: registry.address,
      CI_REGISTRY_IMAGE: `${registry.address}/team/shop`,
      CI_REGISTRY_USER: registry.login.username,
      CI_REGISTRY_PASSWORD: registry.login.password,
      // The builder's client asks the registry itself.
      SSL_CERT_FILE: "/authorities.pem",
    },
    files: {
      "/authorities.pem": readFileSync(registry.authorities, "utf8"),
      "/etc/docker/daemon.json": JSON.stringify({
        ...{ "registry-mirrors": mirrors, "insecure-registries": [registry.address, ...mirrors] },
      }),
    },
    environment: { DOCKER_CONFIG: path.join(project.folder, ".runner/login") },
  });
}

test("the emitted file is valid by GitLab's schema", async () => {
  expect(await fileProblem(project, ".gitlab/nestbox/shop.yml")).toBeUndefined();
});

test("a job pushes an image once, and those that need it run in it by its digest", async () => {
  const first = await pipeline();
  expect({ output: first.outputOf("shop:tests"), whole: first.stdout + first.stderr }).toMatchObject({
    output: expect.stringContaining(`hello ${run}`),
  });
  const [reference = "", tag = ""] = /api:(\w{16})@sha256:\w+/.exec(first.stdout + first.stderr) ?? [];
  expect(reference).toBe(`api:${tag}@${await registry.digestOf("team/shop/api", tag)}`);
  expect(first.outputOf("shop:image:api")).toContain("COPY greeting");
  const second = await pipeline();
  expect(second.verdictOn("shop:tests")).toBe("PASS");
  expect(second.outputOf("shop:image:api")).not.toContain("COPY greeting");
}, 600_000);
