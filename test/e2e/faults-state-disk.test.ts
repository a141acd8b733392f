import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ownedBy } from "./engine-view.ts";
import { type LoopDisk, loopDisk } from "./loop-disk.ts";
import { type UserProject, userProject } from "./user-project.ts";

// The state lies on a small disk of its own.

let disk: LoopDisk;
let project: UserProject;

const FULL =
  /^error (.|\n)*no space left on device(; see that it can be reached and written, and run the command again$|(.|\n)*a disk is full\. On )/m;

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

/** Another edition is another container. */
function declareShop(edition: string): void {
  project.declare(`sandbox("shop", {
    services: { cache: redis({ env: { EDITION: "${edition}" } }) },
    jobs: { ping: { image: "redis:7-alpine", script: ["redis-cli -h cache ping"] } },
  })`);
}

/** Lets a command fail in a few clear words, and the same again succeed once there is room. */
async function failsUntilThereIsRoom(...words: readonly string[]): Promise<void> {
  disk.fill();
  const { exitCode, stderr } = await project.nestbox(words);
  disk.makeRoom();
  expect(stderr).toMatch(FULL);
  expect(stderr).not.toMatch(/\n\s+at |node_modules|\.ts:\d/);
  expect(exitCode).toBe(2);
  expect(await project.nestbox(words)).toMatchObject({ exitCode: 0 });
}

test("up, where no state can be written, says so, and the next one does its work", async () => {
  expect(await project.nestbox(["down"])).toMatchObject({ exitCode: 0 });
  await failsUntilThereIsRoom("up");
  expect((await project.nestbox(["run", "shop"])).stdout).toMatch(/^PONG$/m);
  // A network, a service, and the lease.
  expect(await ownedBy(project.owner)).toHaveLength(3);
});

test("so does the up of a change", async () => {
  declareShop("first");
  expect(await project.nestbox(["up"])).toMatchObject({ exitCode: 0 });
  declareShop("second");
  await failsUntilThereIsRoom("up");
  expect((await project.nestbox(["run", "shop"])).stdout).toMatch(/^PONG$/m);
  expect(await ownedBy(project.owner)).toHaveLength(3);
});

test("so does down, and nothing is left", async () => {
  expect(await project.nestbox(["up"])).toMatchObject({ exitCode: 0 });
  await failsUntilThereIsRoom("down");
  expect(await ownedBy(project.owner)).toEqual([]);
});
