import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { CollectionAnswer } from "../../src/cli/answers/answers.ts";
import { removeVolume } from "../../src/docker/empty-volume.ts";
import { engineTime } from "../../src/docker/engine-clock.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import { leaseVolumes } from "../../src/docker/lease-volumes.ts";
import { isHeld, type Lease, readLeases } from "../../src/ownership/lease.ts";
import { eventually } from "../eventually.ts";
import { type EngineClock, engineClock, engineGate } from "./engine-gate.ts";
import { ownedBy, serviceContainer } from "./engine-view.ts";
import { onAnotherMachine, withClockAhead } from "./machine-doubles.ts";
import { type RunningCommand, type UserProject, userProject } from "./user-project.ts";

// Leases whose holders are frozen, run on another machine, or see another time.

/** A lease of work or of a removal is 30 s long. */
const PAST_A_LEASE = 31_000;

let project: UserProject;
/** An engine on which every lease that is not renewed from now on has expired. */
let later: EngineClock;
const started: RunningCommand[] = [];

beforeAll(async () => {
  later = await engineClock(PAST_A_LEASE);
  project = userProject("e2e-lost-leases");
  project.configure({ sandboxes: ["shop"], timeToLive: "2h" });
  project.declare(`sandbox("shop", {
    services: { cache: redis() },
    jobs: {
      wait: { image: "redis:7-alpine", script: ["echo working", "sleep 1000"] },
      pop: {
        image: "redis:7-alpine",
        env: ({ cache }) => ({ HOST: cache.host }),
        script: ["echo working", "redis-cli -h $HOST blpop over 0"],
      },
      push: {
        image: "redis:7-alpine",
        env: ({ cache }) => ({ HOST: cache.host }),
        script: ["redis-cli -h $HOST rpush over now"],
      },
    },
  })`);
});

afterAll(async () => {
  await project.remove();
  later.close();
});

beforeEach(() => project.bringUp());

// A frozen one would outlive a failed test.
afterEach(() => {
  for (const { process } of started.splice(0)) process.kill("SIGKILL");
});

function start(words: readonly string[], environment?: Readonly<Record<string, string>>): RunningCommand {
  const command = project.start(words, environment);
  started.push(command);
  return command;
}

/** The reasons for which gc would remove resources of the test's own stack. */
async function findings(environment: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const { stdout } = await project.nestbox(["gc", "--json"], environment);
  const { found } = JSON.parse(stdout) as CollectionAnswer;
  return found.filter(({ owner }) => owner === project.owner).map(({ reason }) => reason);
}

async function leasesOf(covers: Lease["covers"]): Promise<readonly Lease[]> {
  return (await readLeases(leaseVolumes(engineHost(process.env)), project.owner)).filter(
    (lease) => lease.covers === covers,
  );
}

describe("a process that is frozen past its lease, and woken", () => {
  test("a run stops with an error once gc has removed its job", async () => {
    const before = await ownedBy(project.owner);
    const job = start(["run", "shop", "wait"]);
    await job.printed(/^working$/m);
    job.process.kill("SIGSTOP");
    expect(await findings()).toEqual([]);
    expect(await findings(later.environment)).toEqual(["left by a killed command"]);
    expect((await project.nestbox(["gc", "--yes"], later.environment)).exitCode).toBe(0);
    expect(await ownedBy(project.owner)).toHaveLength(before.length);
    job.process.kill("SIGCONT");
    const { exitCode, stderr } = await job.ended;
    expect(stderr).toMatch(
      /^error stack e2e-lost-leases: the lease of work of this process was removed, by another command/m,
    );
    expect(stderr).not.toMatch(/exit code|\n\s+at /);
    expect(exitCode).toBe(1);
    expect(await ownedBy(project.owner)).toHaveLength(before.length);
  });

  test("a gc removes no stack that is in use again", async () => {
    await project.succeed("extend", "1ms");
    const { Id } = await serviceContainer(project.owner, "cache");
    // It has its lease of the removal, and looks for the last time whether it may remove the stack.
    let isRemoval = false;
    const gate = await engineGate(({ method, path, body }) => {
      isRemoval ||= method === "POST" && body.includes('"removal"');
      return isRemoval && method === "GET" && path.startsWith("/networks");
    });
    try {
      const gc = start(["gc", "--yes"], { ...gate.environment, ...onAnotherMachine(project.folder) });
      await Promise.race([gate.held, gc.ended]);
      const up = start(["up"]);
      await up.printed(/waiting for a clean-up that is removing it/);
      gc.process.kill("SIGSTOP");
      gate.open();
      // By the engine's own clock: this wait is as long as a lease.
      expect((await up.ended).exitCode).toBe(0);
      gc.process.kill("SIGCONT");
      const { exitCode, stderr } = await gc.ended;
      expect(stderr).toMatch(
        /error stack e2e-lost-leases of nestbox: .*the lease of removal of this process was/,
      );
      expect(exitCode).toBe(1);
      expect((await serviceContainer(project.owner, "cache")).Id).toBe(Id);
      expect(await findings()).toEqual([]);
      await project.succeed("run", "shop", "push");
    } finally {
      gate.close();
    }
  });
});

test("a gc whose lease somebody removes interrupts its removal", async () => {
  await project.succeed("extend", "1ms");
  const gate = await engineGate(({ method, path }) => method === "DELETE" && path.includes("/containers/"));
  try {
    const gc = start(["gc", "--yes"], gate.environment);
    await Promise.race([gate.held, gc.ended]);
    const [lease] = await leasesOf("removal");
    await removeVolume(engineHost(process.env), lease?.name ?? "");
    // The renewal that finds the lease gone has written the next one.
    await eventually(async () => expect(await leasesOf("removal")).toHaveLength(1), { within: "2m" });
    gate.open();
    const { exitCode, stderr } = await gc.ended;
    expect(stderr).toMatch(/the lease of removal of this process was removed, by another command or by hand/);
    expect(exitCode).toBe(1);
    expect(await leasesOf("removal")).toEqual([]);
  } finally {
    gate.close();
  }
});

test("the job of a killed run on another machine stays until its lease is over", async () => {
  const job = start(["run", "shop", "wait"], onAnotherMachine(project.folder));
  await job.printed(/^working$/m);
  job.process.kill("SIGKILL");
  await job.ended;
  const [lease] = await leasesOf("work");
  expect(lease?.holder).toMatch(/^elsewhere \d+ /);
  // Nobody here can prove that the process is dead.
  expect(await findings()).toEqual([]);
  expect(await findings(later.environment)).toEqual(["left by a killed command"]);
  expect((await project.nestbox(["gc", "--yes"], later.environment)).exitCode).toBe(0);
  expect(await findings(later.environment)).toEqual([]);
  expect(await leasesOf("work")).toEqual([]);
});

test.each([7, -7])("a clock %d min ahead of the engine ends no lease and keeps none", async (minutes) => {
  const ofRun = withClockAhead(project.folder, minutes);
  const ofGc = withClockAhead(project.folder, -minutes);
  const job = start(["run", "shop", "wait"], ofRun);
  await job.printed(/^working$/m);
  expect(await findings(ofGc)).toEqual([]);
  job.process.kill("SIGKILL");
  await job.ended;
  expect(await findings(ofGc)).toEqual(["left by a killed command"]);
  expect((await project.nestbox(["gc", "--yes"], ofGc)).exitCode).toBe(0);
  expect(await findings()).toEqual([]);
});

test("a jump of the engine's clock ends no job that runs: the next renewal follows it", async () => {
  const clock = await engineClock();
  try {
    const job = start(["run", "shop", "pop"], clock.environment);
    await job.printed(/^working$/m);
    for (const minutes of [45, -45]) {
      const ahead = minutes * 60_000;
      clock.setAhead(ahead);
      await eventually(
        async () => {
          const [lease, ...others] = await leasesOf("work");
          expect(others).toEqual([]);
          expect(lease && isHeld(lease, (await engineTime(engineHost(process.env))) + ahead)).toBe(true);
        },
        { within: "2m" },
      );
      expect(await findings(clock.environment)).toEqual([]);
    }
    expect(await project.nestbox(["run", "shop", "push"], clock.environment)).toMatchObject({ exitCode: 0 });
    expect((await job.ended).exitCode).toBe(0);
  } finally {
    clock.close();
  }
});
