import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { connect } from "../../engine/client.ts";
import { recordedProcess } from "../../machine/running-process.ts";
import { LABEL } from "../../sandboxes/model/labels.ts";
import { namedAlike, possessionsOf } from "./engine-view.ts";
import { type UserProject, userProject } from "./user-project.ts";

/** How many commands are killed, and the seed of when and how: `NESTBOX_CRASHES=50 NESTBOX_SEED=7`. */
const ROUNDS = Number(process.env.NESTBOX_CRASHES ?? 4);
const SEED = Number(process.env.NESTBOX_SEED ?? 1);

/** The moments of a round lie within this many milliseconds, which is about what each command takes. */
const LONGEST = { up: 5000, run: 1500, down: 3000 } as const;

let project: UserProject;

beforeAll(() => {
  project = userProject("e2e-crashes");
  project.write("notes/note.txt", "a note\n");
  project.declare(`sandbox("shop", {
    volumes: ["data"],
    services: { cache: redis({ volumes: { "/data": "data" } }) },
    jobs: { ping: { image: "redis:7-alpine", files: "notes", env: ({ cache }) => ({ HOST: cache.host }), script: ["redis-cli -h $HOST ping"] } },
  })`);
});

afterAll(() => project.remove());

/** Numbers from 0 to 1 that follow from a seed: https://en.wikipedia.org/wiki/Linear_congruential_generator (Numerical Recipes). */
function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A process and all that it has started, as far as their parents tell. */
function familyOf(root: number): readonly number[] {
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
        return [{ pid: Number(name), parent }];
      } catch {
        return [];
      }
    });
  const childrenOf = (pid: number): readonly number[] =>
    parents.filter(({ parent }) => parent === pid).flatMap((child) => [child.pid, ...childrenOf(child.pid)]);
  return [root, ...childrenOf(root)];
}

/** Waits until none of the processes runs any more. */
async function endOf(pids: readonly number[]): Promise<void> {
  const runs = (pid: number) => recordedProcess(`/proc/${pid}/stat`) !== undefined;
  while (pids.some(runs)) await pause(100);
}

async function succeed(...words: readonly string[]): Promise<void> {
  const end = await project.nestbox(words);
  if (end.exitCode !== 0) throw new Error(`${words.join(" ")} failed:\n${end.stdout}${end.stderr}`);
}

async function containers(kind: string): Promise<readonly string[]> {
  const label = [`${LABEL.owner}=${project.owner}`, `${LABEL.kind}=${kind}`];
  return (await (await connect()).listContainers({ all: true, filters: { label } })).map(({ Id }) => Id);
}

/** The volumes that our containers use, those too that carry no label because an image has made them. */
async function volumesInUse(): Promise<readonly string[]> {
  const label = [`${LABEL.owner}=${project.owner}`];
  const found = await (await connect()).listContainers({ all: true, filters: { label } });
  return found.flatMap(({ Mounts }) => Mounts.flatMap(({ Name }) => Name ?? []));
}

/** All that is left of the stack: on the engine by label, by name and by use, in the state, and its locks. */
async function remains(volumes: readonly string[]): Promise<readonly string[]> {
  const { Volumes: existing } = await (await connect()).listVolumes();
  const locks = path.join(project.folder, "state/.pulumi/locks/organization/nestbox", project.stack);
  const state = path.join(project.folder, "state/.pulumi/stacks/nestbox", `${project.stack}.json`);
  const latest = existsSync(state) ? JSON.parse(project.stateText()).checkpoint.latest : undefined;
  return [
    ...(await possessionsOf(project.owner)),
    ...(await namedAlike(project.stack)),
    ...existing.flatMap(({ Name }) => (volumes.includes(Name) ? [`volume ${Name}`] : [])),
    ...(latest?.resources ?? []).map(({ urn }: { urn: string }) => `in the state: ${urn}`),
    ...(latest?.pending_operations ?? []).map(() => "in the state: a pending operation"),
    ...(existsSync(locks) ? readdirSync(locks) : []).map((lock) => `lock ${lock}`),
  ];
}

const next = numbersFrom(SEED);
const rounds = Array.from({ length: ROUNDS }, () => {
  const commands = [["up"], ["run", "shop"], ["down"]] as const;
  const repairs = ["up", "up", "down", "gc"] as const;
  const words = commands[Math.floor(next() * commands.length)] ?? commands[0];
  return {
    words,
    after: Math.round(next() * LONGEST[words[0]]),
    victims: next() < 0.5 ? "alone" : "with all that it has started",
    isUpBefore: words[0] !== "up" || next() < 0.3,
    repair: repairs[Math.floor(next() * repairs.length)] ?? "up",
  } as const;
});

test.each(
  rounds.map((round, index) => [index + 1, round.words.join(" "), round.after, round.repair, round] as const),
)(
  `crash %d of seed ${SEED}: %s at %d ms, mended by %s`,
  async (_, __, ___, ____, { words, after, victims, isUpBefore, repair }) => {
    // Clean-up goes by time: what it is to remove ends as soon as it is there.
    project.configure({ sandboxes: ["shop"], timeToLive: repair === "gc" ? "1ms" : "2h" });
    if (isUpBefore) await succeed("up");
    const command = project.start(words);
    // The moment itself is what is tested.
    await Promise.race([pause(after), command.ended]);
    const pids = command.process.exitCode === null ? familyOf(command.process.pid ?? 0) : [];
    for (const pid of victims === "alone" ? pids.slice(0, 1) : pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended meanwhile.
      }
    }
    await command.ended;
    const volumes = await volumesInUse();
    if (repair === "up") {
      await succeed("up");
      const [services, jobs] = await Promise.all([containers("service"), containers("job")]);
      expect({ services: services.length, jobs }).toEqual({ services: 1, jobs: [] });
      // A network, a volume, a service, and the life.
      expect(await possessionsOf(project.owner)).toHaveLength(4);
      await succeed("run", "shop");
    }
    if (repair === "gc") {
      await succeed("gc", "--yes");
      // It leaves alone what Pulumi, whom nobody has killed, still works on.
      await endOf(pids);
      await succeed("gc", "--yes");
    } else {
      await succeed("down");
    }
    expect(await remains(volumes)).toEqual([]);
  },
);
