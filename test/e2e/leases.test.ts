import { renameSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { connect } from "../../bench/connect.ts";
import { removeVolume } from "../../src/docker/empty-volume.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import { leaseVolumes } from "../../src/docker/lease-volumes.ts";
import { ownerStoreOn } from "../../src/docker/owner-store.ts";
import { LABEL } from "../../src/model/labels.ts";
import { readLeases } from "../../src/ownership/lease.ts";
import { renewStack } from "../../src/stacks/stack-lease.ts";
import { ownedBy, serviceContainer } from "./engine-view.ts";
import { type UserProject, userProject } from "./user-project.ts";

let project: UserProject;

beforeAll(() => {
  project = userProject("e2e-leases");
  project.configure({
    sandboxes: ["shop"],
    timeToLive: "2h",
  });
  project.declare(`sandbox("shop", {
    services: { cache: redis() },
    jobs: { wait: { image: "redis:7-alpine", files: "notes", script: ["echo working", "sleep 1000"] } },
  })`);
  project.write("notes/note.txt", "a note\n");
});

afterAll(() => project.remove());

/** The findings of gc for the test's own stack. */
async function findings(
  ...words: readonly string[]
): Promise<readonly { reason: string; stackStays: boolean; resources: string[] }[]> {
  const { found } = JSON.parse((await project.succeed("gc", "--json", ...words)).stdout);
  return found.filter(({ owner }: { owner: string }) => owner === project.owner);
}

async function stackLeases(): Promise<readonly { Name: string; Labels?: Record<string, string> }[]> {
  const label = [`${LABEL.owner}=${project.owner}`, `${LABEL.covers}=stack`];
  return (await (await connect()).listVolumes({ filters: { label } })).Volumes;
}

test("an invalid time to live is refused before anything is created", async () => {
  await project.succeed("down");
  for (const timeToLive of ["0s", "-1h", "soon", 0]) {
    project.configure({ sandboxes: ["shop"], timeToLive });
    const { exitCode, stderr } = await project.nestbox(["up"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('it must be "never" or a duration such as "8h"');
  }
  project.configure({
    sandboxes: ["shop"],
    timeToLive: "2h",
  });
  expect(await ownedBy(project.owner)).toEqual([]);
});

test("a stack that is not up has no end", async () => {
  await project.succeed("down");
  const { exitCode, stderr } = await project.nestbox(["extend"]);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/is not up, so it has no end; run nestbox up first/);
});

describe("a stack that is up", () => {
  beforeEach(async () => {
    project.configure({
      sandboxes: ["shop"],
      timeToLive: "2h",
    });
    await project.bringUp();
    const { Config } = await serviceContainer(project.owner, "cache");
    // Whatever end the test before has set.
    await renewStack(
      ownerStoreOn(engineHost(process.env)),
      { labels: Config.Labels, covers: "stack" as const, timeToLive: "2h" },
      "exactly",
    );
  });

  test("every up sets the end to the time to live from now", async () => {
    const [first] = await stackLeases();
    await project.succeed("up");
    expect((await project.succeed("ls")).stdout).toMatch(
      /nestbox\/e2e-leases, .* old, ends in (2 h|1 h 5\d min)/,
    );
    const [second, ...others] = await stackLeases();
    expect(others).toEqual([]);
    expect(second?.Name).not.toBe(first?.Name);
    const end = (lease: typeof first) => Date.parse(lease?.Labels?.[LABEL.ends] ?? "");
    expect(end(second)).toBeGreaterThan(end(first));
    expect(await findings()).toEqual([]);
  });

  test("ls prints the memory of each service", async () => {
    const [listed] = JSON.parse((await project.succeed("ls", "--json")).stdout).sandboxes.filter(
      ({ owner }: { owner: string }) => owner === project.owner,
    );
    expect(listed.services[0].memoryBytes).toBeGreaterThan(0);
  });

  test("ls --watch follows changes until Ctrl-C", async () => {
    const watching = project.start(["ls", "--watch"]);
    await watching.printed(/e2e-leases, .* ends in (2 h|1 h 5\d min)/);
    await project.succeed("extend", "3d");
    await watching.printed(/e2e-leases, .* ends in (3 days|2 days 23 h)/);
    watching.process.kill("SIGINT");
    expect((await watching.ended).exitCode).toBe(0);
  });

  test("extend sets the end, use brings it no closer, and extend without a duration resets it", async () => {
    expect((await project.succeed("extend", "3d")).stdout).toMatch(/ends in (3 days|2 days 23 h)/);
    await project.succeed("up");
    expect((await project.succeed("ls")).stdout).toMatch(/e2e-leases, .* ends in (3 days|2 days 23 h)/);
    expect((await project.succeed("extend", "never")).stdout).toMatch(/never ends/);
    await project.succeed("up");
    expect((await project.succeed("ls")).stdout).toMatch(/e2e-leases, .* never ends/);
    expect((await project.succeed("extend")).stdout).toMatch(/ends in (2 h|1 h 5\d min)/);
    expect((await project.succeed("ls")).stdout).toMatch(/e2e-leases, .* ends in (2 h|1 h 5\d min)/);
    const { exitCode, stderr } = await project.nestbox(["extend", "0s"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/"0s" is not a duration/);
  });

  test("an expired stack in use stays, and the end of the use renews it", async () => {
    const job = project.start(["run", "shop"]);
    await job.printed(/^working$/m);
    await project.succeed("extend", "1ms");
    expect(await findings("--yes")).toEqual([]);
    job.process.kill("SIGINT");
    expect((await job.ended).exitCode).toBe(130);
    expect((await project.succeed("ls")).stdout).toMatch(/e2e-leases, .* ends in (2 h|1 h 5\d min)/);
  });

  test("gc removes the orphans of a killed run, and a job whose lease is gone", async () => {
    const before = await ownedBy(project.owner);
    const job = project.start(["run", "shop"]);
    await job.printed(/^working$/m);
    expect(await findings()).toEqual([]);
    job.process.kill("SIGKILL");
    await job.ended;
    const { Image, Config } = await serviceContainer(project.owner, "cache");
    const Labels = { ...Config.Labels, [LABEL.kind]: "job", [LABEL.lease]: "of-nobody" };
    const overdue = await (await connect()).createContainer({ Image, Labels });
    await overdue.start();
    const [found, ...others] = await findings();
    expect(others).toEqual([]);
    expect(found).toMatchObject({ reason: "left by a killed command", stackStays: true });
    expect(found?.resources).toHaveLength(2);
    expect((await project.succeed("gc")).stdout).toMatch(
      /e2e-leases .* stays, except what a killed command left +2 orphans/,
    );
    const { stderr } = await project.succeed("gc", "--yes");
    expect(stderr).toMatch(/stack e2e-leases: removed container .*, container .*, left by a killed command/);
    expect(await ownedBy(project.owner)).toHaveLength(before.length);
    expect((await project.succeed("gc")).stdout).toBe("nothing to clean up\n");
  });

  test("a run whose lease another process removed stops, reports it, and leaves nothing", async () => {
    const before = await ownedBy(project.owner);
    const job = project.start(["run", "shop"]);
    await job.printed(/^working$/m);
    const [lease, ...others] = (
      await readLeases(leaseVolumes(engineHost(process.env)), project.owner)
    ).filter(({ covers }) => covers === "work");
    expect(others).toEqual([]);
    await removeVolume(engineHost(process.env), lease?.name ?? "");
    const { exitCode, stderr } = await job.ended;
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /error stack e2e-leases: the lease of work of this process was removed, by another command or by hand/,
    );
    expect(await ownedBy(project.owner)).toHaveLength(before.length);
  });

  test("a changed time to live applies without a replacement, by plain pulumi up too", async () => {
    const { Id } = await serviceContainer(project.owner, "cache");
    project.configure({ sandboxes: ["shop"], timeToLive: "9h" });
    expect((await project.succeed("up")).stderr).toMatch(/nothing to change/);
    expect((await project.succeed("ls")).stdout).toMatch(/e2e-leases, .* ends in (9 h|8 h 5\d min)/);
    await project.succeed("extend", "1ms");
    expect((await project.succeed("pulumi", "up", "--yes", "--skip-preview")).stdout).toMatch(/unchanged/);
    expect((await project.succeed("ls")).stdout).toMatch(/e2e-leases, .* ends in (9 h|8 h 5\d min)/);
    project.configure({ sandboxes: ["shop"], timeToLive: "never" });
    expect((await project.succeed("pulumi", "up", "--yes", "--skip-preview")).stdout).toMatch(/unchanged/);
    expect((await project.succeed("ls")).stdout).toMatch(/e2e-leases, .* never ends/);
    expect((await serviceContainer(project.owner, "cache")).Id).toBe(Id);
  });

  test("gc lists expired stacks, and removes them with --yes", async () => {
    await project.succeed("extend", "1ms");
    const before = await ownedBy(project.owner);
    expect(before).toHaveLength(3);
    expect(await findings()).toMatchObject([
      { reason: expect.stringMatching(/^ended .* ago$/), inState: true },
    ]);
    expect(await ownedBy(project.owner)).toEqual(before);
    await project.succeed("gc", "--yes", "--json");
    expect(await ownedBy(project.owner)).toEqual([]);
    expect(await findings()).toEqual([]);
  });

  test("gc keeps stacks that a missing state may contain", async () => {
    const state = path.join(project.folder, "state/.pulumi");
    renameSync(state, `${state}-elsewhere`);
    expect(await findings("--yes")).toEqual([]);
    expect((await project.succeed("gc")).stderr).toMatch(
      /PULUMI_BACKEND_URL: there is no state at this address/,
    );
    expect(await ownedBy(project.owner)).not.toEqual([]);
    renameSync(`${state}-elsewhere`, state);
  });

  test("gc removes stacks that are not in the state", async () => {
    rmSync(path.join(project.folder, "state/.pulumi/stacks/nestbox"), { recursive: true });
    expect(await findings()).toMatchObject([{ reason: "not in the state", inState: false }]);
    await project.succeed("gc", "--yes");
    expect(await ownedBy(project.owner)).toEqual([]);
  });
});
