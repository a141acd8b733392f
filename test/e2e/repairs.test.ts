import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { connect } from "../../bench/connect.ts";
import { createEmptyVolume, removeVolume } from "../../src/docker/empty-volume.ts";
import { engineTime } from "../../src/docker/engine-clock.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import { LABEL } from "../../src/model/labels.ts";
import { deadHolder, ELSEWHERE, leaseLabels } from "../ownership/lease-labels.ts";
import { ownedBy, serviceContainer } from "./engine-view.ts";
import { type UserProject, userProject } from "./user-project.ts";

let project: UserProject;

beforeAll(() => {
  project = userProject("e2e-repairs");
  project.configure({ sandboxes: ["shop"] });
  project.declare('sandbox("shop", { services: { cache: redis() } })');
});

afterAll(() => project.remove());

function stateFolder(): string {
  return path.join(project.folder, "state/.pulumi/stacks/nestbox");
}

function stateFile(): string {
  return path.join(stateFolder(), `${project.stack}.json`);
}

function breakState(): void {
  writeFileSync(stateFile(), '{ "version": 3, "check');
}

beforeEach(() => project.bringUp());

test("up removes the orphans of killed commands, and keeps a job with a waiting command", async () => {
  const docker = await connect();
  const { Id, Config } = await serviceContainer(project.owner, "cache");
  const job = (lease: string) => ({ ...Config.Labels, [LABEL.kind]: "job", [LABEL.lease]: lease });
  const [dead, elsewhere] = ["of-a-dead-process", "of-another-machine"];
  const expires = (await engineTime(engineHost(process.env))) + 30_000;
  const stack = { owner: project.owner, stack: project.stack, covers: "work", expires } as const;
  await createEmptyVolume(
    engineHost(process.env),
    dead,
    leaseLabels({ ...stack, id: dead, holder: deadHolder() }),
  );
  await createEmptyVolume(
    engineHost(process.env),
    elsewhere,
    leaseLabels({ ...stack, id: elsewhere, holder: ELSEWHERE }),
  );
  const made = await Promise.all(
    [Config.Labels, job(dead), job(elsewhere)].map((Labels) =>
      docker.createContainer({ Image: "redis:7-alpine", Labels }),
    ),
  );
  const { stderr } = await project.succeed("up");
  expect(stderr).toMatch(/removed container .*, container .*, left by a killed command/);
  const label = [`${LABEL.owner}=${project.owner}`];
  const left = (await docker.listContainers({ all: true, filters: { label } })).map((one) => one.Id);
  expect(left.sort()).toEqual([Id, made[2]?.id].sort());
  await made[2]?.remove({ v: true });
  for (const volume of [dead, elsewhere]) await removeVolume(engineHost(process.env), volume);
});

test("up starts with a new state if the state is broken, and keeps a copy", async () => {
  const before = await serviceContainer(project.owner, "cache");
  breakState();
  const { stderr } = await project.succeed("up");
  expect(stderr).toMatch(
    /stack e2e-repairs: its state could not be read .* and was moved to .*\.broken-\d+; its resources/,
  );
  expect((await serviceContainer(project.owner, "cache")).Id).not.toBe(before.Id);
  expect(await ownedBy(project.owner)).toHaveLength(2);
  expect(readdirSync(stateFolder()).filter((name) => name.includes(".broken-"))).toHaveLength(1);
});

test("an incomplete file of Pulumi beside a state does not block reading it", async () => {
  const before = await serviceContainer(project.owner, "cache");
  writeFileSync(path.join(stateFolder(), `${project.stack}.json.attrs`), "");
  expect((await project.succeed("up")).stderr).toMatch(/nothing to change/);
  expect((await serviceContainer(project.owner, "cache")).Id).toBe(before.Id);
  expect(readdirSync(stateFolder()).filter((name) => name.endsWith(".attrs"))).toEqual([]);
});

test("a state of a newer Pulumi is not changed, and the error has the remedy", async () => {
  const before = readFileSync(stateFile(), "utf8");
  const newer = before.replace(/"version": ?\d+/, '"version": 99');
  writeFileSync(stateFile(), newer);
  for (const verb of ["up", "down"]) {
    const { exitCode, stderr } = await project.nestbox([verb]);
    expect({ verb, exitCode }).toEqual({ verb, exitCode: 2 });
    expect(stderr).toMatch(
      /^error the stack's state was written by a newer Pulumi \(unsupported checkpoint/m,
    );
  }
  expect(readFileSync(stateFile(), "utf8")).toBe(newer);
  expect(await ownedBy(project.owner)).toHaveLength(2);
  writeFileSync(stateFile(), before);
});

test("an inconsistent state is repaired by the suggested command", async () => {
  const { length } = await ownedBy(project.owner);
  const state = JSON.parse(readFileSync(stateFile(), "utf8"));
  const [root] = state.checkpoint.latest.resources;
  const orphan = { urn: `${root.urn}-orphan`, custom: false, type: root.type, parent: `${root.urn}-none` };
  state.checkpoint.latest.resources.push(orphan);
  writeFileSync(stateFile(), JSON.stringify(state));
  const { exitCode, stderr } = await project.nestbox(["up"]);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^error the stack's state is inconsistent.* refers to missing parent/m);
  expect(stderr).not.toMatch(/goroutine|Stack Trace/);
  await project.succeed("pulumi", "state", "repair", "--yes", "-s", project.stack);
  await project.succeed("up");
  expect(await ownedBy(project.owner)).toHaveLength(length);
});

test("a wrong passphrase is refused in one sentence, and nothing changes", async () => {
  const before = [await ownedBy(project.owner), readFileSync(stateFile(), "utf8")];
  for (const verb of ["up", "down"]) {
    const { exitCode, stderr } = await project.nestbox([verb], {
      PULUMI_CONFIG_PASSPHRASE: "battery staple",
    });
    expect({ verb, exitCode }).toEqual({ verb, exitCode: 2 });
    const [message = ""] = /^error PULUMI_CONFIG_PASSPHRASE: .*/m.exec(stderr) ?? [];
    expect(message).toMatch(/: the stack has another passphrase than this one; .* Nothing was changed\./);
  }
  expect([await ownedBy(project.owner), readFileSync(stateFile(), "utf8")]).toEqual(before);
  expect((await project.succeed("up")).stderr).toMatch(/nothing to change/);
});

test("down removes everything without the passphrase", async () => {
  const lost = { PULUMI_CONFIG_PASSPHRASE: "battery staple" };
  expect(
    (await project.nestbox(["pulumi", "stack", "rm", "--force", "--yes", "--preserve-config"], lost))
      .exitCode,
  ).toBe(0);
  expect((await project.nestbox(["down"], lost)).exitCode).toBe(0);
  expect(await ownedBy(project.owner)).toEqual([]);
});

test("down removes everything with a broken state", async () => {
  breakState();
  expect((await project.succeed("down")).stderr).toMatch(/could not be read/);
  expect(await ownedBy(project.owner)).toEqual([]);
});
