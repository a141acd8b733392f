import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { removeOwned } from "../../bench/remove-owned.ts";
import { eventually } from "../eventually.ts";
import { ownedBy, runIn, serviceContainer, serviceContainers } from "./engine-view.ts";
import { type UserProject, userProject } from "./user-project.ts";

let project: UserProject;

beforeAll(() => {
  project = userProject("e2e-locks");
  project.configure({ sandboxes: ["shop"] });
  project.write("Pulumi.branch.yaml", "config:\n  nestbox:sandboxes: [held]\n  nestbox:timeToLive: 2h\n");
  project.declare(
    'sandbox("shop", { services: { cache: redis() } })',
    `sandbox("held", {
      services: {
        gate: { image: "redis:7-alpine", probe: exec(["test", "-f", "/open"], { within: "10m" }) },
      },
    })`,
  );
});

afterAll(async () => {
  await removeOwned(project.ownerOfBranch(BRANCH));
  await project.remove();
});

const BRANCH = "held/by-its-gate";

/** Writes a lock as Pulumi does, one for each process. Returns its timestamp. */
function lockAs(pid: number, host = hostname(), since = new Date()): string {
  const folder = lockFolder();
  mkdirSync(folder, { recursive: true });
  const holder = { pid, username: "somebody", hostname: host, timestamp: since.toISOString() };
  writeFileSync(path.join(folder, `${pid}.json`), JSON.stringify(holder));
  return `${holder.timestamp.slice(0, 19)}Z`;
}

function lockFolder(): string {
  return path.join(project.folder, "state/.pulumi/locks/organization/nestbox", project.stack);
}

test("the second of two ups waits, names the holder, and finds nothing to change", async () => {
  expect(await project.nestbox(["down"])).toMatchObject({ exitCode: 0 });
  const first = project.start(["up"]);
  await first.printed(/Pulumi|pulumi|network/);
  const second = project.start(["up"]);
  const [one, other] = await Promise.all([first.ended, second.ended]);
  expect([one.exitCode, other.exitCode]).toEqual([0, 0]);
  const waiting = new RegExp(`waiting for process ${first.process.pid}, which holds its lock`);
  expect(other.stderr).toMatch(waiting);
  expect(other.stderr).toMatch(/nothing to change/);
  expect(await ownedBy(project.owner)).toHaveLength(2);
});

test("Pulumi locks of a dead process, and of one whose id a later process has, are taken over", async () => {
  const dead = spawnSync("true").pid;
  lockAs(dead);
  lockAs(process.pid, hostname(), new Date("2026-01-02T03:04:05Z"));
  const { exitCode, stderr } = await project.nestbox(["up"]);
  for (const pid of [dead, process.pid]) {
    expect(stderr).toMatch(
      new RegExp(`taking over the lock of process ${pid} of somebody on .*, which no longer runs`),
    );
  }
  expect(exitCode).toBe(0);
  expect(readdirSync(lockFolder())).toEqual([]);
});

test("an incomplete Pulumi lock is removed, unless another process may still be writing it", async () => {
  const broken = path.join(lockFolder(), "lock.json.18eadeaf71bb2ee7.tmp");
  mkdirSync(lockFolder(), { recursive: true });
  writeFileSync(broken, "");
  const inAnHour = Date.now() / 1000 + 3600;
  utimesSync(broken, inAnHour, inAnHour);
  expect((await project.nestbox(["up"])).exitCode).toBe(1);
  const anHourAgo = inAnHour - 7200;
  utimesSync(broken, anHourAgo, anHourAgo);
  const { exitCode, stderr } = await project.nestbox(["up"]);
  expect(stderr).toMatch(/stack e2e-locks: removed an incomplete lock file/);
  expect(exitCode).toBe(0);
  expect(readdirSync(lockFolder())).toEqual([]);
});

test("up waits for a lock of another machine until the suggested command removes it", async () => {
  lockAs(7, "elsewhere");
  const up = project.start(["up"]);
  const remedy = `nestbox pulumi cancel -s ${project.stack}`;
  await up.printed(
    new RegExp(`waiting for process 7 of somebody on elsewhere, .*unlock the stack: ${remedy}`),
  );
  const [, ...words] = remedy.split(" ");
  expect((await project.nestbox([...words, "--yes"])).exitCode).toBe(0);
  expect((await up.ended).exitCode).toBe(0);
});

test("down waits for a Pulumi lock of a running process", async () => {
  await project.bringUp();
  const holder = spawn("cat");
  const since = lockAs(holder.pid ?? 0);
  const down = project.start(["down"]);
  await down.printed(new RegExp(`waiting for process ${holder.pid} of somebody on .* since ${since}$`, "m"));
  expect(await ownedBy(project.owner)).toHaveLength(2);
  const ended = new Promise((resolve) => holder.once("exit", resolve));
  holder.stdin.end();
  await ended;
  const { exitCode, stderr } = await down.ended;
  expect(stderr).toMatch(/which no longer runs/);
  expect(exitCode).toBe(0);
  expect(await ownedBy(project.owner)).toEqual([]);
});

test("a stack does not wait for the up of another stack of the same project", async () => {
  const branch = project.start(["up", `--branch=${BRANCH}`]);
  // It cannot end before the gate is opened.
  await eventually(
    async () => expect(await serviceContainers(project.ownerOfBranch(BRANCH), "gate")).not.toEqual([]),
    {
      within: "1m",
    },
  );
  const stack = [await project.nestbox(["up"]), await project.nestbox(["down"])];
  expect(branch.process.exitCode).toBeNull();
  await runIn((await serviceContainer(project.ownerOfBranch(BRANCH), "gate")).Id, ["touch", "/open"]);
  const ends = [...stack, await branch.ended];
  expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
  for (const { stderr } of ends) expect(stderr).not.toMatch(/waiting for/);
  expect((await project.nestbox(["down", `--branch=${BRANCH}`])).exitCode).toBe(0);
});
