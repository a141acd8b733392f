import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { connect } from "../../bench/connect.ts";
import { LABEL } from "../../src/model/labels.ts";
import { eventually } from "../eventually.ts";
import { ownedBy, serviceContainer } from "./engine-view.ts";
import { withClockAhead } from "./machine-doubles.ts";
import { type NestedEngine, nestedEngine } from "./nested-engine.ts";
import { type UserProject, userProject } from "./user-project.ts";

// On a nested engine, which others do not use: manual changes, and ends of the engine.

let engine: NestedEngine;
let project: UserProject;

const NOT_FOR_PEOPLE = /\n\s+at |node_modules|\.ts:\d|unhandled|\(HTTP code/;

beforeAll(async () => {
  engine = await nestedEngine(["redis:7-alpine"]);
  // Commands and the test's own requests use it.
  process.env.DOCKER_HOST = engine.host.host;
  project = userProject("e2e-faults");
  project.configure({ sandboxes: ["shop"], timeToLive: "2h" });
  declareShop([]);
});

/** @param more networks beside the one of the service */
function declareShop(more: readonly string[]): void {
  const networks = Object.fromEntries(["front", ...more].map((name) => [name, {}]));
  project.declare(`sandbox("shop", {
    networks: ${JSON.stringify(networks)},
    volumes: ["data"],
    services: { cache: redis({ networks: ["front"], volumes: { "/extra": "data" } }) },
    jobs: {
      ping: { image: "redis:7-alpine", networks: ["front"], script: ["redis-cli -h cache ping"] },
      stop: {
        image: "redis:7-alpine",
        networks: ["front"],
        script: ["redis-cli -h cache shutdown", "while getent hosts cache; do :; done", "exit 7"],
      },
      wait: { image: "redis:7-alpine", networks: ["front"], script: ["echo working", "sleep 1000"] },
    },
  })`);
}

afterAll(async () => {
  await project?.remove();
  delete process.env.DOCKER_HOST;
  await engine?.remove();
});

/** Runs a command that fails with a short error. */
async function fail(exitCode: number, words: RegExp, ...command: readonly string[]): Promise<void> {
  const end = await project.nestbox(command);
  expect(end).toMatchObject({ exitCode, stderr: expect.stringMatching(words) });
  expect(end.stderr).not.toMatch(NOT_FOR_PEOPLE);
}

async function isWell(): Promise<void> {
  expect((await project.succeed("run", "shop", "ping")).stdout).toMatch(/^PONG$/m);
  expect((await serviceContainer(project.owner, "cache")).State.Health?.Status).toBe("healthy");
  // The service, its network, its volume and its lease.
  expect(await ownedBy(project.owner)).toHaveLength(4);
}

async function networks(): Promise<readonly string[]> {
  const label = [`${LABEL.owner}=${project.owner}`];
  return (await (await connect()).listNetworks({ filters: { label } })).map(({ Name }) => Name);
}

async function network(): Promise<string> {
  const [found, ...others] = await networks();
  if (!found || others.length > 0) throw new Error("there is not exactly one network");
  return found;
}

/** Connects a container without labels to the stack's network. Returns its removal. */
async function connectForeign(name: string): Promise<() => Promise<void>> {
  const docker = await connect();
  const container = await docker.createContainer({
    name,
    Image: "redis:7-alpine",
    HostConfig: { NetworkMode: await network() },
  });
  await container.start();
  return () => container.remove({ force: true });
}

beforeEach(() => project.bringUp());

describe("the next up repairs a manual removal or change", () => {
  test("a service's container", async () => {
    const { Id } = await serviceContainer(project.owner, "cache");
    await (await connect()).getContainer(Id).remove({ force: true });
    await fail(
      2,
      /error sandbox "shop": is not up \(service cache missing\); run nestbox up first/,
      "run",
      "shop",
    );
    await project.succeed("up");
    await isWell();
  });

  test("a service that a job has stopped, which the job's failure names", async () => {
    const failed = await project.nestbox(["run", "shop", "stop"]);
    expect(failed).toMatchObject({
      exitCode: 7,
      stderr: expect.stringMatching(
        /^! shop\.services\.cache: ended with exit code 0\n {2}its last output:/m,
      ),
    });
    await project.succeed("up");
    await isWell();
  });

  test("a network", async () => {
    const docker = await connect();
    const { Id } = await serviceContainer(project.owner, "cache");
    const name = await network();
    await docker.getNetwork(name).disconnect({ Container: Id, Force: true });
    await docker.getNetwork(name).remove();
    await fail(
      2,
      /error sandbox "shop": is not up \(network front missing\); run nestbox up first/,
      "run",
      "shop",
    );
    await project.succeed("up");
    await isWell();
  });

  test("a service disconnected from its network", async () => {
    const { Id } = await serviceContainer(project.owner, "cache");
    await (await connect()).getNetwork(await network()).disconnect({ Container: Id, Force: true });
    const words =
      /error sandbox "shop": is not up \(service cache on network front missing\); run nestbox up first/;
    await fail(2, words, "run", "shop");
    await project.succeed("up");
    await isWell();
  });

  test("a container recreated by hand with other labels", async () => {
    const docker = await connect();
    const { Id, Name, Config } = await serviceContainer(project.owner, "cache");
    await docker.getContainer(Id).remove({ force: true });
    const again = await docker.createContainer({
      name: Name.slice(1),
      Image: "redis:7-alpine",
      Labels: { ...Config.Labels, [LABEL.part]: "another", [LABEL.plan]: "by hand" },
      HostConfig: { NetworkMode: await network() },
    });
    await again.start();
    await fail(2, /\(service cache missing\); run nestbox up first/, "run", "shop");
    await project.succeed("up");
    await isWell();
  });
});

describe("labels that were changed by hand", () => {
  test("a container with another owner is foreign: up recreates the service, and down names it", async () => {
    const docker = await connect();
    const { Id, Name, Config } = await serviceContainer(project.owner, "cache");
    await docker.getContainer(Id).remove({ force: true });
    const again = await docker.createContainer({
      name: Name.slice(1),
      Image: "redis:7-alpine",
      Labels: { ...Config.Labels, [LABEL.owner]: "somebody/else" },
      HostConfig: { NetworkMode: await network() },
    });
    await again.start();
    await fail(2, /\(service cache missing\); run nestbox up first/, "run", "shop");
    await project.succeed("up");
    await isWell();
    await fail(2, new RegExp(`: used by ${Name.slice(1)} of another owner; run docker rm`), "down");
    expect((await again.inspect()).State.Running).toBe(true);
    await again.remove({ force: true });
    await project.succeed("up");
    await isWell();
  });

  test.each([
    ["with an unreadable end", { [LABEL.ends]: "when it pleases" }],
    ["without an end", { [LABEL.ends]: "" }],
    ["of another owner", { [LABEL.owner]: "somebody/else", [LABEL.stack]: "else" }],
  ])("a stack's lease %s ends nothing, and the next up writes it again", async (_, changed) => {
    const docker = await connect();
    const { Id } = await serviceContainer(project.owner, "cache");
    const { Name, Labels } = await stackLease();
    await docker.getVolume(Name).remove();
    await docker.createVolume({ Name, Labels: { ...Labels, ...changed } });
    await project.succeed("gc", "--yes");
    expect((await serviceContainer(project.owner, "cache")).Id).toBe(Id);
    await project.succeed("up");
    await isWell();
    expect(Date.parse((await stackLease()).Labels[LABEL.ends] ?? "")).toBeGreaterThan(Date.now());
    expect((await serviceContainer(project.owner, "cache")).Id).toBe(Id);
    await docker
      .getVolume(Name)
      .remove()
      .catch(() => {});
  });
});

async function stackLease(): Promise<{
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>>;
}> {
  const label = [`${LABEL.owner}=${project.owner}`, `${LABEL.covers}=stack`];
  const { Volumes: found } = await (await connect()).listVolumes({ filters: { label } });
  const [volume, ...others] = found;
  if (!volume || others.length > 0) throw new Error(`there are ${found.length} leases of the stack`);
  return volume;
}

const USED = new RegExp(
  "^error network (\\S+): used by passer-by of another owner; run docker rm -f passer-by, " +
    "or docker network disconnect \\1 passer-by, then repeat the command$",
  "m",
);

describe("a foreign container on the stack's network stays, and the error has the remedy", () => {
  test("by down", async () => {
    const remove = await connectForeign("passer-by");
    const before = await ownedBy(project.owner);
    await fail(2, USED, "down");
    expect(await ownedBy(project.owner)).toEqual(before);
    await remove();
    await project.succeed("down");
    expect(await ownedBy(project.owner)).toEqual([]);
  });

  test("by down without a state, which uses the labels", async () => {
    const remove = await connectForeign("passer-by");
    writeFileSync(path.join(project.folder, "state/.pulumi/stacks/nestbox/e2e-faults.json"), "{");
    const before = await ownedBy(project.owner);
    await fail(2, USED, "down");
    expect(await ownedBy(project.owner)).toEqual(before);
    await remove();
    await project.succeed("down");
    expect(await ownedBy(project.owner)).toEqual([]);
  });
});

describe("an engine that ends", () => {
  test("before a command is reported", async () => {
    await engine.kill();
    await fail(
      2,
      /error No Docker engine answers at tcp:.* \(DOCKER_HOST\): connect \w+ .*; start it, or/,
      "up",
    );
    await engine.start();
    await project.succeed("up");
    await isWell();
  });

  test("during a job is reported; the next up cleans up and repairs", async () => {
    const job = project.start(["run", "shop", "wait"]);
    await job.printed(/^working$/m);
    await engine.kill();
    await engine.start();
    const { exitCode, stderr } = await job.ended;
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /error the Docker engine at tcp:.* no longer answers \(.*\); start it, then run nestbox up/,
    );
    expect(stderr).not.toMatch(NOT_FOR_PEOPLE);
    await fail(2, /\(service cache missing\); run nestbox up first/, "run", "shop");
    expect((await project.succeed("up")).stderr).toMatch(
      /removed container e2e-faults_shop_wait-\w+, left by a killed command/,
    );
    await isWell();
  });

  test("during up is reported, and the next up continues", async () => {
    await project.succeed("down");
    const up = project.start(["up"]);
    await up.printed(/network shop front/);
    await engine.kill();
    const { exitCode, stderr } = await up.ended;
    await engine.start();
    expect(exitCode).toBeGreaterThan(0);
    expect(stderr).toMatch(/error .*(engine at|engine answers at) tcp:/);
    expect(stderr).not.toMatch(NOT_FOR_PEOPLE);
    await project.succeed("up");
    await isWell();
  });

  test("during down is reported, and the next down removes the rest", async () => {
    const many = Array.from({ length: 12 }, (_, index) => `extra-${index}`);
    declareShop(many);
    await project.succeed("up");
    const down = project.start(["down"]);
    // The engine removes networks one by one.
    await eventually(async () => expect((await networks()).length).toBeLessThanOrEqual(many.length), {
      within: "1m",
    });
    await engine.kill();
    const { exitCode, stderr } = await down.ended;
    await engine.start();
    declareShop([]);
    expect(exitCode).toBeGreaterThan(0);
    expect(stderr).toMatch(/error .*(engine at|engine answers at) tcp:/);
    expect(stderr).not.toMatch(NOT_FOR_PEOPLE);
    expect(await ownedBy(project.owner)).not.toEqual([]);
    await project.succeed("down");
    expect(await ownedBy(project.owner)).toEqual([]);
  });
});

describe("a jump of this machine's clock", () => {
  test.each([30, -30])("by %d days neither ends a stack nor replaces it", async (days) => {
    const { Id } = await serviceContainer(project.owner, "cache");
    const environment = withClockAhead(project.folder, days * 24 * 60);
    const gc = await project.nestbox(["gc", "--json"], environment);
    expect(gc.exitCode).toBe(0);
    expect(JSON.parse(gc.stdout)).toMatchObject({ found: [] });
    const up = await project.nestbox(["up"], environment);
    expect(up).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/nothing to change/) });
    expect((await project.nestbox(["ls"], environment)).stdout).toMatch(/ends in (2 h|1 h 5\d min)/);
    expect((await serviceContainer(project.owner, "cache")).Id).toBe(Id);
    await isWell();
  });
});
