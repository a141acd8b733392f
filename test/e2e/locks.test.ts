import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { possessionsOf } from "./engine-view.ts";
import { type UserProject, userProject } from "./user-project.ts";

let project: UserProject;

beforeAll(() => {
  project = userProject("e2e-locks");
  project.configure({ sandboxes: ["shop"] });
  project.declare('sandbox("shop", { services: { cache: redis() } })');
});

afterAll(() => project.remove());

/** Writes a lock as Pulumi does. */
function lockAs(pid: number): void {
  const folder = lockFolder();
  mkdirSync(folder, { recursive: true });
  const holder = { pid, username: "somebody", hostname: hostname(), timestamp: "2026-01-02T03:04:05Z" };
  writeFileSync(path.join(folder, "lock.json"), JSON.stringify(holder));
}

function lockFolder(): string {
  return path.join(project.folder, "state/.pulumi/locks/organization/nestbox", project.stack);
}

// Each test goes on from where the one before has left the stack.

test("the second of two ups waits, says for whom, and finds nothing to change", async () => {
  const first = project.start(["up"]);
  await first.said(/Pulumi|pulumi|network/);
  const second = project.start(["up"]);
  const [one, other] = await Promise.all([first.ended, second.ended]);
  expect([one.exitCode, other.exitCode]).toEqual([0, 0]);
  const waiting = new RegExp(`waiting for process ${first.process.pid}, which works on it`);
  expect(other.stderr).toMatch(waiting);
  expect(other.stderr).toMatch(/nothing to change/);
  expect(await possessionsOf(project.owner)).toHaveLength(2);
});

test("a lock of Pulumi's whose process has died is taken over", async () => {
  const dead = spawnSync("true").pid;
  lockAs(dead);
  const { exitCode, stderr } = await project.nestbox(["up"]);
  expect(stderr).toMatch(new RegExp(`taking over from process ${dead} of somebody on .*, which has died`));
  expect(exitCode).toBe(0);
  expect(readdirSync(lockFolder())).toEqual([]);
});

test("a lock of Pulumi's that was never written to its end is removed, one that somebody may be writing is not", async () => {
  const broken = path.join(lockFolder(), "lock.json.18eadeaf71bb2ee7.tmp");
  mkdirSync(lockFolder(), { recursive: true });
  writeFileSync(broken, "");
  const inAnHour = Date.now() / 1000 + 3600;
  utimesSync(broken, inAnHour, inAnHour);
  expect((await project.nestbox(["up"])).exitCode).toBe(1);
  const anHourAgo = inAnHour - 7200;
  utimesSync(broken, anHourAgo, anHourAgo);
  const { exitCode, stderr } = await project.nestbox(["up"]);
  expect(stderr).toMatch(/stack e2e-locks: removed a lock that nobody holds/);
  expect(exitCode).toBe(0);
  expect(readdirSync(lockFolder())).toEqual([]);
});

test("a lock of Pulumi's whose process lives is waited for", async () => {
  const holder = spawn("cat");
  lockAs(holder.pid ?? 0);
  const down = project.start(["down"]);
  await down.said(
    new RegExp(`waiting for process ${holder.pid} of somebody on .* since 2026-01-02T03:04:05Z`),
  );
  expect(await possessionsOf(project.owner)).toHaveLength(2);
  const ended = new Promise((resolve) => holder.once("exit", resolve));
  holder.stdin.end();
  await ended;
  const { exitCode, stderr } = await down.ended;
  expect(stderr).toMatch(/which has died/);
  expect(exitCode).toBe(0);
  expect(await possessionsOf(project.owner)).toEqual([]);
});
