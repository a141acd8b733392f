import { mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { recordedProcess } from "../src/machine/running-process.ts";
import type { KillPlace } from "./kill-place.ts";
import { COMMANDS, type CommandName, type Kill, planKills } from "./kill-plan.ts";
import { DECLARATION, filesIn, inState, type KillStack, killStack } from "./kill-stack.ts";
import { familyOf, processesNaming, signalAll } from "./process-family.ts";
import { timed } from "./rounds.ts";
import { type ThrowawayProject, throwawayProject } from "./throwaway-project.ts";

/** The branches whose commands are killed, at the same time. */
const BRANCHES = ["kill/a", "kill/b", "kill/Größe"];
/** The protected branch, whose stack no command may touch. */
const NEIGHBOUR = "main";
/** Milliseconds within which the next commands have to mend everything: a lease and its holder's retries. */
const LIMIT = 90_000;
const INTERVAL = 200;
/** Node's compile cache: each process adds to it. */
const NODE_CACHE = "node-compile-cache";

/** The state of a run. */
interface Run {
  readonly project: ThrowawayProject;
  readonly place: KillPlace;
  readonly neighbour: { readonly stack: KillStack; readonly parts: readonly string[] };
  /** Milliseconds that each command took when it was not killed. */
  readonly durations: Map<CommandName, number>;
}

/**
 * Ends commands at random moments, on three stacks at once, and lets the next commands mend them. Nothing may
 * be left of what is removed, and nothing of what lives may be removed. Everything is removed at the end.
 * @returns how many commands a signal ended, how many had ended before their moment, and the problems
 */
export async function kills(
  repository: string,
  place: KillPlace,
  { count, seed }: { readonly count: number; readonly seed: number },
) {
  const project = throwawayProject(repository, "kills", DECLARATION);
  mkdirSync(path.join(project.folder, "tmp"));
  const settings = { sandboxes: ["shop"], timeToLive: "2h", protectedBranches: [NEIGHBOUR] };
  project.configure({ ...settings, ...place.settings });
  const stacks = BRANCHES.map((branch) => killStack(project, branch));
  const stack = killStack(project, NEIGHBOUR);
  const problems: string[] = [];
  let killed = 0;
  let missed = 0;
  try {
    await stack.succeed(["up"]);
    const run: Run = {
      ...{ project, place },
      neighbour: { stack, parts: await place.partsOf(stack) },
      durations: new Map(),
    };
    for (const command of Object.keys(COMMANDS) as CommandName[])
      await measure(run, stacks[0] ?? stack, command);
    const waiting = [...planKills(count, seed)];
    await Promise.all(
      stacks.map(async (own) => {
        for (let kill = waiting.shift(); kill !== undefined; kill = waiting.shift()) {
          const found = await killAndMend(run, own, kill);
          if (found.isKilled) killed++;
          else missed++;
          problems.push(...found.problems);
        }
      }),
    );
    for (const own of stacks) await own.succeed(["down", "--wait"]);
    await stack.succeed(["down", "--wait", "--force"]);
    problems.push(...(await remains(run, [...stacks, stack])).map((line) => `at the end: ${line}`));
  } finally {
    for (const { owner } of [...stacks, stack]) await place.removeOwned(owner);
    project.remove();
  }
  return { killed, missed, problems };
}

/** What is left of all stacks, their processes and temporary files. */
async function remains({ project, place }: Run, stacks: readonly KillStack[]): Promise<readonly string[]> {
  const left = await Promise.all(
    stacks.map(async (stack) => [...(await place.partsOf(stack)), ...inState(project, stack)]),
  );
  return [
    ...left.flat(),
    ...processesNaming(project.folder),
    ...filesIn(path.join(project.folder, "tmp"))
      .filter((file) => file !== NODE_CACHE)
      .map((file) => `temporary file ${file}`),
  ];
}

async function measure({ durations }: Run, stack: KillStack, command: CommandName): Promise<void> {
  await prepare(stack, command);
  const { words, edition } = COMMANDS[command];
  durations.set(command, await timed(() => stack.succeed(words, edition)));
}

/** Makes a stack what a command needs. */
async function prepare(stack: KillStack, command: CommandName): Promise<void> {
  const { needs } = COMMANDS[command];
  if (needs === "nothing") return stack.succeed(["down", "--wait"]);
  await stack.succeed(["up"]);
  if (needs === "expired") await stack.succeed(["extend", "1ms"]);
}

/** Never rejects: a failure is a problem. */
async function killAndMend(run: Run, stack: KillStack, kill: Kill) {
  let description = describe(kill, stack);
  let isKilled = false;
  const problems: string[] = [];
  try {
    await prepare(stack, kill.command);
    const { pids, moment, ending } = await endAtMoment(run, stack, kill);
    isKilled = ending.signal !== null || ending.exitCode === 130;
    description += ` after ${moment} ms: ${ending.signal ?? `exit code ${ending.exitCode}`}`;
    if (/\n\s+at \S/.test(ending.output)) problems.push(`a stack trace:\n${ending.output}`);
    problems.push(...(await mend(run, stack, kill, pids)));
  } catch (error) {
    problems.push((error as Error).message);
  }
  const mark = problems.length === 0 ? "✓" : "✗";
  process.stderr.write(`${mark} ${description}\n${problems.map((line) => `  ${line}\n`).join("")}`);
  return { isKilled, problems: problems.map((line) => `${description}: ${line}`) };
}

function describe(
  { number, command, signal, withDescendants, mend: mender }: Kill,
  { name }: KillStack,
): string {
  const whom = withDescendants && signal === "SIGKILL" ? " with its descendants" : "";
  return `kill ${number}: ${command} of ${name}, ${signal}${whom}, mended by ${mender},`;
}

async function endAtMoment({ durations }: Run, stack: KillStack, kill: Kill) {
  const { words, edition } = COMMANDS[kill.command];
  const started = performance.now();
  const command = stack.start(words, edition);
  const moment = Math.round(kill.moment * (durations.get(kill.command) ?? 0));
  await Promise.race([pause(moment), command.ended]);
  const { pid = 0, exitCode } = command.process;
  const pids = exitCode === null ? familyOf(pid) : [];
  signalAll(kill.withDescendants && kill.signal === "SIGKILL" ? pids : pids.slice(0, 1), kill.signal);
  const ending = await command.ended;
  if (ending.exitCode === 0) durations.set(kill.command, performance.now() - started);
  return { pids, moment, ending };
}

/** Runs the next commands. Returns what they did not mend. */
async function mend(run: Run, stack: KillStack, kill: Kill, pids: readonly number[]): Promise<string[]> {
  const { project, place } = run;
  const anonymous = await place.anonymousPartsOf(stack);
  if (kill.mend === "up") {
    await stack.succeed(["up"]);
    await stack.succeed(["run", "shop"]);
  } else if (kill.mend === "down") {
    await stack.succeed(["down"]);
  } else {
    await removeByGc(place, stack);
  }
  const left = async () => [
    ...(kill.mend === "up"
      ? await unexpectedParts(place, stack)
      : [...(await place.partsOf(stack)), ...inState(project, stack), ...(await place.leftOf(anonymous))]),
    ...pids.filter(isRunning).map((pid) => `process ${pid}`),
    ...(await changesOf(run)),
  ];
  return [...(await untilNone(left))];
}

/** Repeats the clean-up: the stack is in use until the lease of a killed command is over. */
async function removeByGc(place: KillPlace, stack: KillStack): Promise<void> {
  const { exitCode, output } = await stack.start(["extend", "1ms"]).ended;
  // A stack without parts cannot be ended before its time.
  if (exitCode !== 0 && output.includes("is not up")) return stack.succeed(["down"]);
  if (exitCode !== 0) throw new Error(`extend failed:\n${output}`);
  await untilNone(async () => {
    await stack.succeed(["gc", "--yes"]);
    return place.partsOf(stack);
  });
}

/** Looks until nothing is left, or the time is over. Returns what the last look found. */
async function untilNone(look: () => Promise<readonly string[]>): Promise<readonly string[]> {
  const end = performance.now() + LIMIT;
  for (;;) {
    const left = await look();
    if (left.length === 0 || performance.now() > end) return left;
    await pause(INTERVAL);
  }
}

async function unexpectedParts(place: KillPlace, stack: KillStack): Promise<readonly string[]> {
  const parts = await place.partsOf(stack);
  const kinds = parts.map((line) => /\((\w+)\)$/.exec(line)?.[1] ?? line).sort();
  const isExpected = kinds.join(" ") === place.kinds.join(" ");
  return isExpected ? [] : [`not as declared: ${parts.join(", ")}`];
}

async function changesOf({ place, neighbour: { stack, parts } }: Run): Promise<readonly string[]> {
  const now = await place.partsOf(stack);
  return now.join() === parts.join() ? [] : [`the neighbour has changed: ${now.join(", ")}`];
}

function isRunning(pid: number): boolean {
  return recordedProcess(`/proc/${pid}/stat`) !== undefined;
}
