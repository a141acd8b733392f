import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { connect } from "../../bench/connect.ts";
import { numbersFrom } from "../../bench/kill-plan.ts";
import { familyOf, signalAll } from "../../bench/process-family.ts";
import { removeOwned } from "../../bench/remove-owned.ts";
import { recordedProcess } from "../../src/machine/running-process.ts";
import { LABEL } from "../../src/model/labels.ts";
import { uniqueName } from "../../src/model/names.ts";
import { ownerOf } from "../../src/stacks/stack-identity.ts";
import { eventually } from "../eventually.ts";
import { namedAlike, ownedBy } from "./engine-view.ts";
import { type UserProject, userProject } from "./user-project.ts";

/** The number of kills, and the seed of moments and signals: `NESTBOX_CRASHES=50 NESTBOX_SEED=7`. */
const ROUNDS = Number(process.env.NESTBOX_CRASHES ?? 8);
const SEED = Number(process.env.NESTBOX_SEED ?? 1);

/** The number of moments in a round. A later one is used if the command ended before the earlier one. */
const DRAWS = 5;

/** The commands to kill. One that is measured leaves what the next one needs, and `down` leaves nothing. */
const COMMANDS = {
  "up from nothing": { words: ["up"], isUpBefore: false, changes: false },
  "up of a change": { words: ["up"], isUpBefore: true, changes: true },
  run: { words: ["run", "shop"], isUpBefore: true, changes: false },
  down: { words: ["down"], isUpBefore: true, changes: false },
} as const;

type CommandName = keyof typeof COMMANDS;

/** A stack with killed commands: a named one, or that of a branch. */
interface Stack {
  readonly name: string;
  readonly owner: string;
  /** The options that select it. */
  readonly words: readonly string[];
  configure(timeToLive: string): void;
}

const BRANCH = "crash/Größe";

let project: UserProject;
let stacks: Readonly<Record<"stack" | "branch", Stack>>;

/** Milliseconds that each command took in its last complete run. */
const lengths = new Map<CommandName, number>();
/** A line for each moment. */
const moments: string[] = [];
let hits = 0;

beforeAll(async () => {
  project = userProject("e2e-crashes");
  project.write("notes/note.txt", "a note\n");
  stacks = { stack: namedStack(), branch: branchStack() };
  for (const name of Object.keys(COMMANDS) as CommandName[]) await measure(name);
}, 600_000);

afterAll(async () => {
  const lines = [`seed ${SEED}: ${hits} commands killed in ${ROUNDS} rounds`, ...moments];
  process.stderr.write(`${lines.join("\n")}\n`);
  await removeOwned(stacks.branch.owner);
  await project.remove();
});

function namedStack(): Stack {
  const { stack: name, owner } = project;
  const configure = (timeToLive: string) => project.configure({ sandboxes: ["shop"], timeToLive });
  return { name, owner, words: [], configure };
}

function branchStack(): Stack {
  const name = uniqueName(BRANCH);
  const owner = ownerOf({
    project: "nestbox",
    stack: name,
    backend: `file://${path.join(project.folder, "state")}`,
  });
  const configure = (timeToLive: string) =>
    project.write(
      "Pulumi.branch.yaml",
      `config:\n  nestbox:sandboxes: [shop]\n  nestbox:timeToLive: ${timeToLive}\n`,
    );
  return { name, owner, words: [`--branch=${BRANCH}`], configure };
}

/** Declares the sandbox. Another edition replaces the container of the service. */
function declareShop(edition: "first" | "second"): void {
  project.declare(`sandbox("shop", {
    volumes: ["data"],
    services: { cache: redis({ volumes: { "/data": "data" }, env: { EDITION: "${edition}" } }) },
    jobs: {
      ping: {
        image: "redis:7-alpine",
        files: "notes",
        env: ({ cache }) => ({ HOST: cache.host }),
        script: ["redis-cli -h $HOST ping"],
      },
    },
  })`);
}

/** Brings a stack to the state before the command. */
async function prepare(stack: Stack, name: CommandName): Promise<void> {
  const { isUpBefore, changes } = COMMANDS[name];
  declareShop("first");
  if (isUpBefore) await project.bringUp(stack === stacks.branch ? { branch: BRANCH } : {});
  if (changes) declareShop("second");
}

/** Runs a command to its end, to measure how long it takes on this machine. They run in their order. */
async function measure(name: CommandName): Promise<void> {
  const { stack } = stacks;
  stack.configure("2h");
  await prepare(stack, name);
  const started = performance.now();
  await succeed(stack, ...COMMANDS[name].words);
  lengths.set(name, performance.now() - started);
}

/** The next command ends the processes of the killed one. */
async function endOf(pids: readonly number[]): Promise<void> {
  const runs = (pid: number) => recordedProcess(`/proc/${pid}/stat`) !== undefined;
  await eventually(() => expect(pids.filter(runs)).toEqual([]), { within: "30s" });
}

async function succeed(stack: Stack, ...words: readonly string[]): Promise<void> {
  const end = await project.nestbox([...words, ...stack.words]);
  if (end.exitCode !== 0) throw new Error(`${words.join(" ")} failed:\n${end.stdout}${end.stderr}`);
}

async function containers({ owner }: Stack, kind: string): Promise<readonly string[]> {
  const label = [`${LABEL.owner}=${owner}`, `${LABEL.kind}=${kind}`];
  return (await (await connect()).listContainers({ all: true, filters: { label } })).map(({ Id }) => Id);
}

/** The volumes of the stack's containers, also those of images, which have no label. */
async function volumesInUse({ owner }: Stack): Promise<readonly string[]> {
  const label = [`${LABEL.owner}=${owner}`];
  const found = await (await connect()).listContainers({ all: true, filters: { label } });
  return found.flatMap(({ Mounts }) => Mounts.flatMap(({ Name }) => Name ?? []));
}

function stateFile({ name }: Pick<Stack, "name">): string {
  return path.join(project.folder, "state/.pulumi/stacks/nestbox", `${name}.json`);
}

function stateOf(stack: Pick<Stack, "name">) {
  const file = stateFile(stack);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).checkpoint.latest : undefined;
}

/** The remains of the stack: on the engine by label, by name and by use, in the state, and its locks. */
async function remains({ name, owner }: Stack, volumes: readonly string[]): Promise<readonly string[]> {
  const { Volumes: existing } = await (await connect()).listVolumes();
  const locks = path.join(project.folder, "state/.pulumi/locks/organization/nestbox", name);
  const latest = stateOf({ name });
  return [
    ...(await ownedBy(owner)),
    ...(await namedAlike(name)),
    ...existing.flatMap(({ Name }) => (volumes.includes(Name) ? [`volume ${Name}`] : [])),
    ...(latest?.resources ?? []).map(({ urn }: { urn: string }) => `in the state: ${urn}`),
    ...(latest?.pending_operations ?? []).map(() => "in the state: a pending operation"),
    ...(existsSync(locks) ? readdirSync(locks) : []).map((lock) => `lock ${lock}`),
  ];
}

interface Round {
  readonly name: CommandName;
  readonly on: "stack" | "branch";
  readonly repair: "up" | "down" | "gc";
  readonly victims: "alone" | "with all that it has started";
  /** Fractions of the command's duration. */
  readonly draws: readonly number[];
}

/**
 * Kills a command at a moment, and lets the repair clean up. Returns whether the command still ran at the
 * moment.
 */
async function crash({ name, on, repair, victims }: Round, part: number): Promise<boolean> {
  const stack = stacks[on];
  // The stack expires at once, so that clean-up removes it.
  stack.configure(repair === "gc" ? "1ms" : "2h");
  await prepare(stack, name);
  const started = performance.now();
  const command = project.start([...COMMANDS[name].words, ...stack.words]);
  const moment = Math.round(part * (lengths.get(name) ?? 0));
  // A fixed pause: the moment is the subject of the test.
  await Promise.race([pause(moment), command.ended]);
  const pids = command.process.exitCode === null ? familyOf(command.process.pid ?? 0) : [];
  signalAll(victims === "alone" ? pids.slice(0, 1) : pids, "SIGKILL");
  await command.ended;
  const isKilled = command.process.signalCode === "SIGKILL";
  // The command was quicker than in the measurement.
  if (!isKilled) lengths.set(name, performance.now() - started);
  const fate = isKilled ? `killed ${victims} (${pids.length} processes)` : "had ended";
  moments.push(`  ${name} of a ${on} at ${moment} ms: ${fate}, then ${repair}`);
  await mend(stack, repair, pids);
  return isKilled;
}

async function mend(stack: Stack, repair: Round["repair"], pids: readonly number[]): Promise<void> {
  const volumes = await volumesInUse(stack);
  // The output of clean-up, for the error.
  const outputs: string[] = [];
  if (repair === "up") {
    await succeed(stack, "up");
    const [services, jobs] = await Promise.all([containers(stack, "service"), containers(stack, "job")]);
    expect({ services: services.length, jobs }).toEqual({ services: 1, jobs: [] });
    // A network, a volume, a service, and the lease.
    expect(await ownedBy(stack.owner)).toHaveLength(4);
    await succeed(stack, "run", "shop");
  }
  if (repair === "gc") {
    outputs.push(await cleanUp(stack));
  } else {
    await succeed(stack, "down");
  }
  expect({ remains: await remains(stack, volumes), outputs }).toEqual({ remains: [], outputs });
  await endOf(pids);
}

async function cleanUp({ words }: Stack): Promise<string> {
  const { exitCode, stdout, stderr } = await project.nestbox(["gc", "--yes", ...words]);
  if (exitCode !== 0) throw new Error(`gc failed:\n${stdout}${stderr}`);
  return stdout + stderr;
}

const next = numbersFrom(SEED);

function oneOf<Item>(items: readonly [Item, ...Item[]]): Item {
  return items[Math.floor(next() * items.length)] ?? items[0];
}

/** The commands in turn, every third one of a branch; moments and signals are random. */
const rounds = Array.from({ length: ROUNDS }, (_, index): Round => {
  const names = Object.keys(COMMANDS) as CommandName[];
  return {
    name: names[index % names.length] ?? "down",
    on: index % 3 === 2 ? "branch" : "stack",
    repair: oneOf(["up", "up", "down", "gc"]),
    victims: oneOf(["alone", "with all that it has started"]),
    draws: Array.from({ length: DRAWS }, next),
  };
});

test.each(
  rounds.map((round, index) => {
    const percent = Math.round((round.draws[0] ?? 0) * 100);
    return [index + 1, `${round.name} of a ${round.on}`, percent, round.repair, round] as const;
  }),
)(
  `crash %d of seed ${SEED}: %s, at %d %% of its length, mended by %s`,
  async (_, __, ___, ____, round) => {
    for (const part of round.draws) {
      if (!(await crash(round, part))) continue;
      hits++;
      return;
    }
    throw new Error(`${round.name} had ended before each of ${DRAWS} moments`);
  },
  600_000,
);

test("the pending creations of a killed up are removed from the engine and the state", async () => {
  const { stack } = stacks;
  stack.configure("2h");
  declareShop("first");
  const up = project.start(["up"]);
  await untilThere(() => containers(stack, "service"));
  signalAll(familyOf(up.process.pid ?? 0), "SIGKILL");
  await up.ended;
  const volumes = await volumesInUse(stack);
  expect(await remains(stack, volumes)).toContain("in the state: a pending operation");
  const { exitCode, stderr } = await project.nestbox(["down"]);
  expect({ exitCode, stderr }).toMatchObject({
    exitCode: 0,
    stderr: expect.stringMatching(/✓ removed container \S+, left by a killed command/),
  });
  // Nothing that the container used had to wait for it.
  expect(stderr).not.toContain("✗");
  expect(await remains(stack, volumes)).toEqual([]);
});

test.each([
  ["up after a refresh", "up"],
  ["down", "down"],
] as const)("the pending creation of a provider is cleared by %s", async (_, command) => {
  const { stack } = stacks;
  stack.configure("2h");
  declareShop("first");
  await project.bringUp();
  // Then up begins with a refresh.
  for (const id of await containers(stack, "service"))
    await (await connect()).getContainer(id).remove({ force: true });
  addPendingProvider(stack);
  await succeed(stack, command);
  expect(stateOf(stack)?.pending_operations ?? []).toEqual([]);
  await succeed(stack, "down");
});

/** Writes into the state what a kill within the start of a provider leaves. */
function addPendingProvider(stack: Stack): void {
  const state = JSON.parse(readFileSync(stateFile(stack), "utf8"));
  const { latest } = state.checkpoint;
  const isProvider = ({ type }: { readonly type: string }) => type === "pulumi:providers:docker";
  const resource = { ...latest.resources.find(isProvider), id: "" };
  latest.pending_operations = [{ resource, type: "creating" }];
  writeFileSync(stateFile(stack), JSON.stringify(state));
}

test("the processes of a killed up are ended by the next command, and reported", async () => {
  const { stack } = stacks;
  stack.configure("2h");
  declareShop("first");
  const up = project.start(["up"]);
  await untilThere(() => containers(stack, "service"));
  const [command = 0, ...others] = familyOf(up.process.pid ?? 0);
  process.kill(command, "SIGKILL");
  await up.ended;
  const { exitCode, stderr } = await project.nestbox(["down"]);
  expect({ exitCode, stderr }).toMatchObject({
    exitCode: 0,
    stderr: expect.stringMatching(/ended (1 process|\d processes), left by a killed command/),
  });
  await endOf(others);
  expect(await remains(stack, [])).toEqual([]);
});

async function untilThere(look: () => Promise<readonly string[]>): Promise<void> {
  await eventually(async () => expect(await look()).not.toEqual([]), { within: "1m" });
}
