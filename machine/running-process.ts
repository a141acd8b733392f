import { readFileSync } from "node:fs";

/** A process that cannot be confused with a later one of the same number. */
export interface RunningProcess {
  readonly pid: number;
  /** When it started, in clock ticks since the machine did. */
  readonly born: string;
}

/** Reads a line of /proc/PID/stat, of which the second field, the program's name, may contain anything; nothing for an ended process. */
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

function processIn(file: string): RunningProcess | undefined {
  try {
    return parseProcessStat(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
