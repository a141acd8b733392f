import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ownedBy } from "./engine-view.ts";
import { type LoopDisk, loopDisk } from "./loop-disk.ts";
import { type UserProject, userProject } from "./user-project.ts";

// The state is on a small disk, a loop device.

let disk: LoopDisk;
let project: UserProject;

const REMEDY = "; make it reachable and writable, then run the command again$";
const FULL = new RegExp(
  `^error (.|\\n)*no space left on device(${REMEDY}|(.|\\n)*a disk is full\\. For )`,
  "m",
);

beforeAll(() => {
  disk = loopDisk(8 * 1024 ** 2);
  project = userProject("e2e-full-state", `file://${disk.folder}`);
  project.configure({ sandboxes: ["shop"], timeToLive: "2h" });
  declareShop("first");
});

afterAll(async () => {
  await project?.remove();
  disk?.remove();
});

/** Declares the sandbox. Another edition replaces the container. */
function declareShop(edition: string): void {
  project.declare(`sandbox("shop", {
    services: { cache: redis({ env: { EDITION: "${edition}" } }) },
    jobs: { ping: { image: "redis:7-alpine", script: ["redis-cli -h cache ping"] } },
  })`);
}

/** Runs a command that fails with a short error, and again once there is room. */
async function failsUntilThereIsRoom(...words: readonly string[]): Promise<void> {
  disk.fill();
  const { exitCode, stderr } = await project.nestbox(words);
  disk.makeRoom();
  expect(stderr).toMatch(FULL);
  expect(stderr).not.toMatch(/\n\s+at |node_modules|\.ts:\d/);
  expect(exitCode).toBe(2);
  expect(await project.nestbox(words)).toMatchObject({ exitCode: 0 });
}

test("up without room for the state reports it, and the next up succeeds", async () => {
  expect(await project.nestbox(["down"])).toMatchObject({ exitCode: 0 });
  await failsUntilThereIsRoom("up");
  expect((await project.nestbox(["run", "shop"])).stdout).toMatch(/^PONG$/m);
  // A network, a service, and the lease.
  expect(await ownedBy(project.owner)).toHaveLength(3);
});

test("up of a change without room reports it, and the next up succeeds", async () => {
  declareShop("first");
  expect(await project.nestbox(["up"])).toMatchObject({ exitCode: 0 });
  declareShop("second");
  await failsUntilThereIsRoom("up");
  expect((await project.nestbox(["run", "shop"])).stdout).toMatch(/^PONG$/m);
  expect(await ownedBy(project.owner)).toHaveLength(3);
});

test("down without room reports it, and the next down leaves nothing", async () => {
  expect(await project.nestbox(["up"])).toMatchObject({ exitCode: 0 });
  await failsUntilThereIsRoom("down");
  expect(await ownedBy(project.owner)).toEqual([]);
});
