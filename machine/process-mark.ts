import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { parseProcessStat } from "./running-process.ts";

/** This process as a word on a label, by which any process of this machine can later tell whether it still runs. */
export function ownProcessMark(): string {
  return [hostname(), process.pid, bornAt("self")].join(" ");
}

/** Whether the process of a mark may still run: what cannot be told from here, on another machine, may. */
export function mayStillRun(mark: string): boolean {
  const [host, pid = "", born] = mark.split(" ");
  if (host !== hostname()) return true;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
  // Another process may have its number by now.
  return bornAt(pid) === born;
}

/** When a process started, in clock ticks since the machine did; a dash where the system does not say. */
function bornAt(pid: string): string {
  try {
    return parseProcessStat(readFileSync(`/proc/${pid}/stat`, "utf8"))?.born ?? "ended";
  } catch {
    return "-";
  }
}
