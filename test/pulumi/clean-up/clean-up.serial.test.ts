import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type Docker from "dockerode";
import { stringify } from "yaml";
import { connect } from "../../../bench/connect.ts";
import { removeOwned } from "../../../bench/remove-owned.ts";
import { engineHost } from "../../../src/docker/engine-host.ts";
import { LABEL } from "../../../src/model/labels.ts";
import { type PulumiProject, pulumiProject, pulumiYaml } from "../../airgap/pulumi-project.ts";
import { projectImage } from "../../container/project-image.ts";
import { ownedBy } from "../../e2e/engine-view.ts";
import { latestIn } from "../../e2e/stack-fingerprint.ts";
import { eventually } from "../../eventually.ts";
import { leaseLabels } from "../../ownership/lease-labels.ts";

// Serial: the container removes the expired stacks of all owners on the engine.

const repository = join(__dirname, "../../..");
const FILE = "Pulumi.test.yaml";
const PROGRAM = `export { default } from ${JSON.stringify(join(repository, "infra/index.ts"))};`;

const mark = randomBytes(4).toString("hex");
/** Stacks of another owner, unknown to the state here. */
const ENDED = `nestbox-test/ended-${mark}/000000`;
const LIVING = `nestbox-test/living-${mark}/000000`;

let docker: Docker;
let project: PulumiProject;
/** The stack's file without settings. */
let bare: string;
let settings: object;
/** The resources in the state after the last `up` of the settings. */
let last: unknown;

beforeAll(async () => {
  docker = await connect();
  project = await pulumiProject({ "Pulumi.yaml": pulumiYaml(), "index.ts": PROGRAM });
  bare = readFileSync(join(project.folder, FILE), "utf8");
  const dockerSocket = engineHost(process.env).host.replace(/^unix:\/\//, "");
  settings = { image: await projectImage(), dockerSocket };
}, 600_000);

beforeEach(async () => {
  project.write(FILE, bare + stringify({ config: { "nestbox:cleanUp": settings } }));
  if (isDeepStrictEqual(latestIn(project.stateText()), last)) return;
  await up();
  last = latestIn(project.stateText());
});

afterAll(async () => {
  // Its container has no owner label.
  await project?.pulumi("destroy", "--yes", "--skip-preview");
  await project?.remove();
  for (const owner of [ENDED, LIVING]) await removeOwned(owner);
});

async function up(): Promise<string> {
  const { code, output } = await project.pulumi("up", "--yes", "--skip-preview");
  if (code !== 0) throw new Error(output);
  return output;
}

function containerOfStack(): Docker.Container {
  const { cleanUp } = project.outputs() as { readonly cleanUp: { readonly container: string } };
  return docker.getContainer(cleanUp.container);
}

/** The resources of an `up`: a network, a running container, and a lease with this end. */
async function stackOf(owner: string, ends: string): Promise<void> {
  const [, stack = ""] = owner.split("/");
  const labels = (kind: string) => ({
    [LABEL.owner]: owner,
    [LABEL.project]: "nestbox-test",
    [LABEL.stack]: stack,
    [LABEL.kind]: kind,
    [LABEL.timeToLive]: "1h",
  });
  const network = await docker.createNetwork({ Name: `${stack}_default`, Labels: labels("network") });
  const container = await docker.createContainer({
    Image: "redis:7-alpine",
    name: `${stack}_cache`,
    Labels: labels("service"),
    HostConfig: { NetworkMode: network.id },
  });
  await container.start();
  const lease = leaseLabels({ owner, stack, covers: "stack", expires: ends });
  await docker.createVolume({ Name: `${stack}_lease`, Labels: { ...labels("lease"), ...lease } });
}

test("expired resources of any owner are removed, others are kept", async () => {
  await stackOf(ENDED, "2020-01-01T01:00:00.000Z");
  await stackOf(LIVING, "2999-01-01T00:00:00.000Z");
  const container = containerOfStack();
  // It cleans up at its start.
  await container.restart();
  await logged(container, /removed container ended-\w+_cache/);
  // The lease of the removal is released last.
  await eventually(async () => expect(await ownedBy(ENDED)).toEqual([]), { within: "30s" });
  expect(await ownedBy(LIVING)).toHaveLength(3);
}, 120_000);

test("it reports that it uses only labels, without a state", async () => {
  const { Config } = await containerOfStack().inspect();
  expect(Config.Env.filter((variable) => /^(PULUMI|NESTBOX_SECRET|GITLAB)/.test(variable))).toEqual([]);
  await logged(containerOfStack(), /there is no state .* only stacks past their end are removed/);
});

test("it has only the engine's socket: no network, no capabilities, no owner label", async () => {
  const container = containerOfStack();
  const { Config, HostConfig } = await container.inspect();
  expect(HostConfig).toMatchObject({
    NetworkMode: "none",
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges:true"],
    Privileged: false,
    RestartPolicy: { Name: "unless-stopped" },
  });
  // Another test may just have restarted it.
  const health = async () => (await container.inspect()).State.Health?.Status;
  await eventually(async () => expect(await health()).toBe("healthy"), { within: "60s" });
  expect(Config.Labels).toMatchObject({ [LABEL.kind]: "clean-up", [LABEL.stack]: "test" });
  expect(Config.Labels).not.toHaveProperty(LABEL.owner);
});

test("an unchanged up changes nothing, and the container exits on SIGTERM", async () => {
  const { id } = containerOfStack();
  expect(await up()).toMatch(/unchanged/);
  const container = containerOfStack();
  expect(container.id).toBe(id);
  await container.stop();
  expect((await container.inspect()).State.ExitCode).toBe(0);
  await container.start();
});

test("without the setting there is no container", async () => {
  const label = [`${LABEL.kind}=clean-up`, `${LABEL.project}=nestbox-test`];
  const found = () => docker.listContainers({ all: true, filters: { label } });
  expect(await found()).toHaveLength(1);
  project.write(FILE, bare);
  await up();
  expect(await found()).toEqual([]);
});

/** Waits for a line of the container's output. Fails if the container exits first. */
async function logged(container: Docker.Container, pattern: RegExp): Promise<void> {
  const stream = await container.logs({ follow: true, stdout: true, stderr: true });
  let text = "";
  for await (const chunk of stream as unknown as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (pattern.test(text)) return;
  }
  throw new Error(`it ended without saying ${pattern}:\n${text}`);
}
