import { cpSync, readFileSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type Dockerode from "dockerode";
import { connect } from "../../../bench/connect.ts";
import { LABEL } from "../../../src/model/labels.ts";
import {
  installNestbox,
  type PulumiProject,
  pulumiProject,
  pulumiYaml,
} from "../../airgap/pulumi-project.ts";
import { latestIn } from "../../e2e/stack-fingerprint.ts";

const repository = join(__dirname, "../../..");
const POOL = "10.254.81.0/26";

let project: PulumiProject;
/** The owner label of the stack. */
let owner: string;

beforeAll(async () => {
  project = await pulumiProject({
    "Pulumi.yaml": pulumiYaml(),
    "index.ts": readFileSync(join(__dirname, "program/index.ts"), "utf8"),
  });
  owner = project.owner;
  installNestbox(project.folder);
  await project.pulumi("config", "set", "nestbox:timeToLive", "1h");
  // A program with its own Pulumi SDK has another copy than Nestbox.
  const sdk = "node_modules/@pulumi";
  unlinkSync(join(project.folder, sdk));
  cpSync(join(repository, sdk, "pulumi"), join(project.folder, sdk, "pulumi"), { recursive: true });
});

afterAll(() => project?.remove());

async function run(...words: readonly string[]): Promise<void> {
  const end = await project.pulumi(...words, "--yes", "--skip-preview");
  if (end.code !== 0) throw new Error(end.output);
}

/** The resources in the state after the last `bringUp`. */
let last: unknown;

/** Runs `up`, unless the state is as the last one has left it. */
async function bringUp(): Promise<void> {
  if (isDeepStrictEqual(latestIn(project.stateText()), last)) return;
  await run("up");
  last = latestIn(project.stateText());
}

beforeEach(() => writeSettings(POOL));

const writeSettings = (subnetPool: string) => project.write("settings.json", JSON.stringify({ subnetPool }));

async function ownContainer(part: string): Promise<Dockerode.ContainerInfo> {
  const [container, ...others] = await ownContainers([`${LABEL.part}=${part}`]);
  expect(others).toEqual([]);
  if (container === undefined) throw new Error(`there is no container of ${part}`);
  return container;
}

async function ownContainers(labels: readonly string[] = []): Promise<Dockerode.ContainerInfo[]> {
  const label = [`${LABEL.owner}=${owner}`, ...labels];
  return (await connect()).listContainers({ all: true, filters: { label } });
}

async function ownReservations(): Promise<readonly string[]> {
  const label = [`${LABEL.kind}=reservation`, `${LABEL.owner}=${owner}`];
  const { Volumes: volumes } = await (await connect()).listVolumes({ filters: { label } });
  return volumes.map(({ Name }) => Name);
}

test("a preview reserves nothing", async () => {
  await run("destroy");
  const { code, output } = await project.pulumi("preview");
  if (code !== 0) throw new Error(output);
  expect(await ownReservations()).toEqual([]);
});

test("a program outside Nestbox creates a ready sandbox in its own subnet", async () => {
  await bringUp();
  const { output } = await project.pulumi("stack", "output", "--json");
  const { services } = JSON.parse(output);
  expect(services.cache.aliases).toEqual(["cache"]);
  expect(services.cache.url).toBe("redis://cache:6379/0");
  expect(services.cache.published.addresses["6379"]).toMatch(/^127\.0\.0\.1:\d+$/);
  const cache = await ownContainer("cache");
  expect(cache.Names).toEqual([`/${services.cache.container}`]);
  expect(cache.Labels[LABEL.timeToLive]).toBe("1h");
  expect(cache.Labels[LABEL.component]).toBe("box");
  const addresses = Object.values(cache.NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
  expect(addresses).toEqual([expect.stringMatching(/^10\.254\.81\./)]);
  expect((await ownContainer("greeting")).State).toBe("running");
  expect(await ownReservations()).toEqual([]);
});

test("a second up changes nothing", async () => {
  await bringUp();
  await run("up", "--expect-no-changes");
});

test("a failed container is recreated", async () => {
  await bringUp();
  const { Id: failed } = await ownContainer("cache");
  await (await connect()).getContainer(failed).kill();
  await run("up");
  const { Id, State } = await ownContainer("cache");
  expect(State).toBe("running");
  expect(Id).not.toBe(failed);
});

test("an error in a setting is printed without a stack trace", async () => {
  writeSettings("everywhere");
  const { code, output } = await project.pulumi("up", "--yes", "--skip-preview");
  expect(code).toBeGreaterThan(0);
  expect(output).toContain('DockerSandbox "box": subnetPool is "everywhere"; it must be a subnet such as');
  expect(output).not.toMatch(/\n\s+at |node_modules/);
});

test("destroy removes all containers", async () => {
  await bringUp();
  await run("destroy");
  expect(await ownContainers()).toEqual([]);
});
