import { readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { removeOwned } from "../../bench/remove-owned.ts";
import { createEmptyVolume, removeVolume } from "../../src/docker/empty-volume.ts";
import { engineTime } from "../../src/docker/engine-clock.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import { readOwnedResources } from "../../src/docker/owned-resources.ts";
import { ownerStoreOn } from "../../src/docker/owner-store.ts";
import { removeResources } from "../../src/docker/remove-owned.ts";
import { LABEL } from "../../src/model/labels.ts";
import { uniqueName } from "../../src/model/names.ts";
import { renewStack } from "../../src/stacks/stack-lease.ts";
import { eventually } from "../eventually.ts";
import { engineGate } from "./engine-gate.ts";
import { ownedBy, serviceContainer } from "./engine-view.ts";
import { onAnotherMachine } from "./machine-doubles.ts";
import { type CommandEnd, type UserProject, userProject } from "./user-project.ts";

const BRANCHES = ["clean/one", "clean/two"] as const;

let project: UserProject;

beforeAll(() => {
  project = userProject("e2e-clean-up");
  project.configure({
    sandboxes: ["shop"],
    timeToLive: "2h",
  });
  project.write("Pulumi.branch.yaml", "config:\n  nestbox:sandboxes: [shop]\n  nestbox:timeToLive: 1ms\n");
  project.declare('sandbox("shop", { services: { cache: redis() } })');
});

afterAll(async () => {
  for (const branch of BRANCHES) await removeOwned(project.ownerOfBranch(branch));
  await project.remove();
});

async function succeed(...words: readonly string[]): Promise<CommandEnd> {
  const end = await project.nestbox(words, { CI: undefined });
  if (end.exitCode !== 0) throw new Error(`${words.join(" ")} failed:\n${end.stdout}${end.stderr}`);
  return end;
}

function labels(): Readonly<Record<string, string>> {
  return {
    [LABEL.owner]: project.owner,
    [LABEL.project]: "nestbox",
    [LABEL.stack]: project.stack,
  };
}

/** A volume of the stack that no command of the test removes by itself. */
async function putOnEngine(name: string): Promise<string> {
  await createEmptyVolume(engineHost(process.env), name, { ...labels(), [LABEL.kind]: "reservation" });
  return `volume ${name}`;
}

test("gc of a stack or branch affects no other", async () => {
  const [one, two] = BRANCHES;
  for (const branch of BRANCHES) await succeed("up", `--branch=${branch}`);
  expect((await succeed("gc", "--yes")).stdout).toBe("nothing to clean up\n");
  expect((await succeed("gc", "--yes", `--branch=${one}`)).stdout).not.toContain(two);
  expect(await ownedBy(project.ownerOfBranch(one))).toEqual([]);
  expect(await ownedBy(project.ownerOfBranch(two))).toHaveLength(3);
  await succeed("gc", "--yes", "--stack", uniqueName(two));
  expect(await ownedBy(project.ownerOfBranch(two))).toEqual([]);
});

test("gc removes a stack with a record of removal from the state, and none of another engine", async () => {
  const [branch] = BRANCHES;
  const owner = project.ownerOfBranch(branch);
  const stacks = path.join(project.folder, "state/.pulumi/stacks/nestbox");
  const state = path.join(project.folder, "state/.pulumi");
  await succeed("up", `--branch=${branch}`);
  renameSync(state, `${state}-elsewhere`);
  await succeed("gc", "--yes", `--branch=${branch}`);
  renameSync(`${state}-elsewhere`, state);
  expect(await ownedBy(owner)).toEqual([expect.stringMatching(/_removed-lease-/)]);
  const [record] = await readOwnedResources(engineHost(process.env), owner);
  const { stdout } = await succeed("gc", `--branch=${branch}`);
  expect(stdout).toMatch(/clean\/one .* already removed, but still in the state/);
  await succeed("gc", "--yes", `--branch=${branch}`);
  expect(readdirSync(stacks)).not.toContain(`${uniqueName(branch)}.json`);
  expect(await ownedBy(owner)).toEqual([]);

  // A double of another engine: the stack that came up since the removal is not on this one.
  await succeed("up", `--branch=${branch}`);
  await removeResources(engineHost(process.env), await readOwnedResources(engineHost(process.env), owner));
  await createEmptyVolume(engineHost(process.env), record?.name ?? "", record?.labels ?? {});
  expect((await succeed("gc", "--yes", `--branch=${branch}`)).stdout).toBe("nothing to clean up\n");
  expect(readdirSync(stacks)).toContain(`${uniqueName(branch)}.json`);
});

test("gc keeps a stack that is used after gc has read the engine", async () => {
  await project.bringUp({ environment: { CI: undefined } });
  await succeed("extend", "1ms");
  const gate = await engineGate(({ method, body }) => method === "POST" && body.includes('"removal"'));
  try {
    const gc = project.start(["gc", "--yes"], gate.environment);
    await Promise.race([gate.held, gc.ended]);
    await renewStack(
      ownerStoreOn(engineHost(process.env)),
      { labels: labels(), covers: "stack" as const, timeToLive: "2h" },
      "use",
    );
    gate.open();
    const { exitCode, stdout } = await gc.ended;
    expect(stdout).toMatch(/e2e-clean-up .* ended/);
    expect(exitCode).toBe(0);
    expect(await ownedBy(project.owner)).toHaveLength(3);
  } finally {
    gate.close();
  }
});

test("up waits for a gc elsewhere and recreates the stack; gc keeps unread resources", async () => {
  await project.bringUp({ environment: { CI: undefined } });
  await succeed("extend", "1ms");
  const { Id } = await serviceContainer(project.owner, "cache");
  rmSync(path.join(project.folder, "state/.pulumi/stacks/nestbox"), { recursive: true });
  const gate = await engineGate(({ method }) => method === "DELETE");
  try {
    const gc = project.start(["gc", "--yes"], { ...gate.environment, ...onAnotherMachine(project.folder) });
    await Promise.race([gate.held, gc.ended]);
    const unseen = await putOnEngine("e2e-clean-up_unseen");
    const up = project.start(["up"]);
    await up.printed(/stack e2e-clean-up: waiting for a clean-up that is removing it/);
    gate.open();
    const { exitCode, stderr } = await gc.ended;
    expect(stderr).toMatch(/stack e2e-clean-up: removed container .*, network /);
    expect(exitCode).toBe(0);
    expect(await ownedBy(project.owner)).toContain(unseen);
    expect((await up.ended).exitCode).toBe(0);
    expect((await serviceContainer(project.owner, "cache")).Id).not.toBe(Id);
    expect((await succeed("ls")).stdout).toMatch(/e2e-clean-up, .* ends in (2 h|1 h 5\d min)/);
    expect(await ownedBy(project.owner)).toContain(unseen);
  } finally {
    await removeVolume(engineHost(process.env), "e2e-clean-up_unseen");
    gate.close();
  }
});

test("extend waits for gc too, and then reports that the stack is not up", async () => {
  await project.bringUp({ environment: { CI: undefined } });
  await succeed("extend", "1ms");
  const gate = await engineGate(({ method }) => method === "DELETE");
  try {
    const gc = project.start(["gc", "--yes"], { ...gate.environment, ...onAnotherMachine(project.folder) });
    await Promise.race([gate.held, gc.ended]);
    const extend = project.start(["extend", "never"]);
    await extend.printed(/waiting for a clean-up that is removing it/);
    gate.open();
    expect((await gc.ended).exitCode).toBe(0);
    expect(await extend.ended).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/stack e2e-clean-up: is not up/),
    });
    expect(await ownedBy(project.owner)).toEqual([]);
  } finally {
    gate.close();
  }
});

test("down keeps resources that another command creates meanwhile", async () => {
  await project.bringUp({ environment: { CI: undefined } });
  const gate = await engineGate(({ method, path: asked }) => method === "DELETE" && /containers/.test(asked));
  try {
    const down = project.start(["down"], gate.environment);
    await Promise.race([gate.held, down.ended]);
    await nextSecond();
    const young = await putOnEngine("e2e-clean-up_young");
    gate.open();
    expect((await down.ended).exitCode).toBe(0);
    expect(await ownedBy(project.owner)).toEqual([young]);
  } finally {
    gate.close();
  }
  await succeed("down");
  expect(await ownedBy(project.owner)).toEqual([]);
});

/** Waits a second: the engine reports the creation times of some kinds in whole seconds. */
async function nextSecond(): Promise<void> {
  const second = async () => Math.floor((await engineTime(engineHost(process.env))) / 1000);
  const first = await second();
  await eventually(async () => expect(await second()).not.toBe(first), { within: "10s" });
}
