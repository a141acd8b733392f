import { readdirSync, readFileSync } from "node:fs";

/** A process that cannot be confused with a later one of the same number. */
export interface RunningProcess {
  readonly pid: number;
  /** When it started, in clock ticks since the machine did. */
  readonly born: string;
}

/**
 * Reads a line of /proc/PID/stat, of which the second field, the program's name, may contain anything;
 * nothing for an ended process.
 */
export function parseProcessStat(line: string): RunningProcess | undefined {
  const pid = Number.parseInt(line, 10);
  const afterName = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const [state, born] = [afterName[0], afterName[19]];
  const hasEnded = state === "Z" || state === "X";
  return Number.isNaN(pid) || born === undefined || hasEnded ? undefined : { pid, born };
}

/** The process whose stat line was kept in `file`, if it still runs. */
export function recordedProcess(file: string): RunningProcess | undefined {
  const recorded = processIn(file);
  if (recorded === undefined) return undefined;
  const current = processIn(`/proc/${recorded.pid}/stat`);
  return current?.born === recorded.born ? recorded : undefined;
}

/** Whether there is a process of this number here, whoever's it is. */
export function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/**
 * When the machine was started, in milliseconds since 1970. Told by this process's own age: what the system
 * says of the machine's is in some containers that of the container.
 */
export function bootTime(): number {
  return BOOTED_AT;
}

/**
 * When each running process was born that has this number here, or in a container that can be seen from here;
 * in milliseconds since 1970. One of which the system does not say it is as old as can be.
 */
export function birthsOf(pid: number): readonly number[] {
  const all = said(() => readdirSync("/proc")) ?? [];
  const seen = all.filter((name) => /^\d+$/.test(name));
  const numbered = seen.filter(
    (name) =>
      Number(name) === pid || innermostNumber(said(() => textOf(`/proc/${name}/status`)) ?? "") === pid,
  );
  const stats = numbered.flatMap((name) => statOf(name) ?? []);
  const births = stats.flatMap((stat) => {
    const born = parseProcessStat(stat)?.born;
    return born === undefined ? [] : [bootTime() + Number(born) * MILLISECONDS_PER_TICK];
  });
  const isHidden = isThere(pid) && statOf(String(pid)) === undefined;
  return isHidden ? [...births, 0] : births;
}

/**
 * The number that a process has for itself, out of /proc/PID/status: a container's processes have another one
 * outside.
 */
export function innermostNumber(status: string): number | undefined {
  const [, numbers] = /^NSpid:((?:\t\d+)+)$/m.exec(status) ?? [];
  return numbers === undefined ? undefined : Number(numbers.split("\t").at(-1));
}

/** The line of /proc/PID/stat; undefined where there is none. */
export function statOf(pid: string): string | undefined {
  return said(() => textOf(`/proc/${pid}/stat`));
}

/** USER_HZ, which is the same on all of Linux's usual architectures. */
const MILLISECONDS_PER_TICK = 10;

/** Found out once and early: a process does not age while the machine sleeps. */
const BOOTED_AT = Date.now() - process.uptime() * 1000 - ownBirth() * MILLISECONDS_PER_TICK;

function ownBirth(): number {
  return Number(parseProcessStat(statOf("self") ?? "")?.born ?? 0);
}

function processIn(file: string): RunningProcess | undefined {
  return parseProcessStat(said(() => textOf(file)) ?? "");
}

function textOf(file: string): string {
  return readFileSync(file, "utf8");
}

function said<Answer>(ask: () => Answer): Answer | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
