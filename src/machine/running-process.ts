import { processIds, textOf } from "./proc.ts";

/** A process, distinguished from later ones with the same ID. */
export interface RunningProcess {
  readonly pid: number;
  /** The start of the process, in clock ticks since boot. */
  readonly startTicks: string;
}

/**
 * Parses a line of /proc/PID/stat; undefined for a process that has exited. The second field, the program's
 * name, may contain any character.
 */
export function parseProcessStat(line: string): RunningProcess | undefined {
  const pid = Number.parseInt(line, 10);
  const afterName = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const [state, startTicks] = [afterName[0], afterName[19]];
  const hasEnded = state === "Z" || state === "X";
  return Number.isNaN(pid) || startTicks === undefined || hasEnded ? undefined : { pid, startTicks };
}

/** The process with the stat line in `file`, if it still runs. */
export function recordedProcess(file: string): RunningProcess | undefined {
  const recorded = processIn(file);
  if (recorded === undefined) return undefined;
  const current = processIn(`/proc/${recorded.pid}/stat`);
  return current?.startTicks === recorded.startTicks ? recorded : undefined;
}

/** Whether a process with this ID exists here, of any user. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/**
 * The start times of all running processes with this ID, here or in a visible container, in milliseconds
 * since 1970. A start that the system does not report counts as 0.
 */
export function startTimesOf(pid: number): readonly number[] {
  const starts = processIds()
    .filter((id) => Number(id) === pid || innermostPid(textOf(`/proc/${id}/status`) ?? "") === pid)
    .flatMap((id) => processIn(`/proc/${id}/stat`) ?? [])
    .map(({ startTicks }) => BOOT_TIME + Number(startTicks) * MILLISECONDS_PER_TICK);
  const isHidden = processExists(pid) && textOf(`/proc/${pid}/stat`) === undefined;
  return isHidden ? [...starts, 0] : starts;
}

/** The ID of a process in its own PID namespace, which a container has, from /proc/PID/status. */
export function innermostPid(status: string): number | undefined {
  const [, numbers] = /^NSpid:((?:\t\d+)+)$/m.exec(status) ?? [];
  return numbers === undefined ? undefined : Number(numbers.split("\t").at(-1));
}

/** USER_HZ, the same on all common architectures of Linux. */
const MILLISECONDS_PER_TICK = 10;

/**
 * The boot time of the machine, in milliseconds since 1970. It derives from the age of this process: some
 * containers report their own start as boot time. Measured once and early: the uptime of a process does not
 * count while the machine is suspended.
 */
export const BOOT_TIME =
  Date.now() -
  process.uptime() * 1000 -
  Number(processIn("/proc/self/stat")?.startTicks ?? 0) * MILLISECONDS_PER_TICK;

function processIn(file: string): RunningProcess | undefined {
  return parseProcessStat(textOf(file) ?? "");
}
