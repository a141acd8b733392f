import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ownedBy } from "./engine-view.ts";
import { type NestedEngine, nestedEngine } from "./nested-engine.ts";
import { type UserProject, userProject } from "./user-project.ts";

// On a nested engine with a small disk, a loop device.

let engine: NestedEngine;
let project: UserProject;

const FULL =
  /^error .*no space left on device\n {2}a disk is full\. For the engine's disk, see docker system df;/m;

beforeAll(async () => {
  engine = await nestedEngine(["redis:7-alpine"], { diskBytes: 128 * 1024 ** 2 });
  process.env.DOCKER_HOST = engine.host.host;
  project = userProject("e2e-full");
  project.configure({ sandboxes: ["shop"], timeToLive: "2h" });
  project.declare(`sandbox("shop", {
    services: { cache: redis() },
    jobs: { ping: { image: "redis:7-alpine", script: ["redis-cli -h cache ping"] } },
  })`);
});

afterAll(async () => {
  await project?.remove();
  delete process.env.DOCKER_HOST;
  await engine?.remove();
});

/** Fills the engine's disk to its last kilobyte. */
async function fill(): Promise<void> {
  for (const size of ["1M", "1k"]) {
    await engine.shell(`dd if=/dev/zero of=/var/lib/docker/filler-${size} bs=${size}`);
  }
}

async function makeRoom(): Promise<void> {
  await engine.shell("rm /var/lib/docker/filler-*");
}

test("the engine's disk is the loop device", async () => {
  expect(await engine.shell("grep ' /var/lib/docker ' /proc/mounts")).toMatch(/^\/dev\/loop\d+ .* ext4 /m);
});

test("up on a full disk reports it with the remedy, and the next up succeeds", async () => {
  await fill();
  const { exitCode, stderr } = await project.nestbox(["up"]);
  expect(stderr).toMatch(FULL);
  expect(stderr).not.toMatch(/\n\s+at |node_modules|\.ts:\d|\(HTTP code/);
  expect(exitCode).toBe(2);
  await makeRoom();
  expect(await project.nestbox(["up"])).toMatchObject({ exitCode: 0 });
  expect((await project.nestbox(["run", "shop"])).stdout).toMatch(/^PONG$/m);
});

test("a job on a full disk reports it, and down succeeds on a full disk", async () => {
  await project.bringUp();
  await fill();
  const { exitCode, stderr } = await project.nestbox(["run", "shop"]);
  expect(stderr).toMatch(FULL);
  expect(exitCode).toBe(2);
  expect(await project.nestbox(["down"])).toMatchObject({ exitCode: 0 });
  expect(await ownedBy(project.owner)).toEqual([]);
  await makeRoom();
});
