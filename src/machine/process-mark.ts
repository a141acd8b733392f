import { textOf } from "./proc.ts";
import { isContainerHost, isJobSlotHost, ownPlace, type ProcessPlace } from "./process-place.ts";
import { parseProcessStat, processExists } from "./running-process.ts";

/** The identity of this process for a label: other processes of this machine can check whether it runs. */
export function ownProcessMark(): string {
  const { host, boot, namespace } = ownPlace();
  return [host, process.pid, bornAt("self"), boot, namespace].join(" ");
}

/**
 * Whether the process of a mark may still run. True if unknown, for another machine or another container.
 * @param here the location of the check @default the location of this process
 */
export function mayStillRun(mark: string, here: ProcessPlace = ownPlace()): boolean {
  const [host = "", pid = "", born, boot, namespace] = mark.split(" ");
  if (host !== here.host || boot === undefined) return true;
  // The machine was restarted since. Job slots of the same name may be on several machines.
  if (boot !== here.boot) return isJobSlotHost(host);
  // The container was restarted since. Only Docker's default host names are unique.
  if (namespace !== here.namespace) return !isContainerHost(host);
  if (!processExists(Number(pid))) return false;
  // Another process may have the same ID now.
  return bornAt(pid) === born;
}

/** The start of a process, in clock ticks since boot; a dash if the system does not report it. */
function bornAt(pid: string): string {
  const stat = textOf(`/proc/${pid}/stat`);
  return stat === undefined ? "-" : (parseProcessStat(stat)?.startTicks ?? "ended");
}
