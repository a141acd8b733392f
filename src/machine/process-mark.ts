import { isPlaceOfJobs, isSingleContainer, ownPlace, type ProcessPlace } from "./process-place.ts";
import { isThere, parseProcessStat, statOf } from "./running-process.ts";

/**
 * This process as a word on a label, by which any process of this machine can later tell whether it still
 * runs.
 */
export function ownProcessMark(): string {
  const { host, boot, namespace } = ownPlace();
  return [host, process.pid, bornAt("self"), boot, namespace].join(" ");
}

/**
 * Whether the process of a mark may still run: what cannot be told from here, on another machine or in
 * another container, may.
 * @param here where to tell it from. Default: where this process runs
 */
export function mayStillRun(mark: string, here: ProcessPlace = ownPlace()): boolean {
  const [host = "", pid = "", born, boot, namespace] = mark.split(" ");
  if (host !== here.host || boot === undefined) return true;
  // The machine has been started again since; a place of jobs may be on another machine.
  if (boot !== here.boot) return isPlaceOfJobs(host);
  // A container whose name nobody else has was started again since.
  if (namespace !== here.namespace) return !isSingleContainer(host);
  if (!isThere(Number(pid))) return false;
  // Another process may have its number by now.
  return bornAt(pid) === born;
}

/** When a process started, in clock ticks since the machine did; a dash where the system does not say. */
function bornAt(pid: string): string {
  const stat = statOf(pid);
  return stat === undefined ? "-" : (parseProcessStat(stat)?.born ?? "ended");
}
