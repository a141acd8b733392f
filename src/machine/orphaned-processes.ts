import { processIds, textOf } from "./proc.ts";
import { mayStillRun, ownProcessMark } from "./process-mark.ts";

/** The variable that all descendants of a process inherit: its mark, and the project's folder. */
const STARTED_BY = "NESTBOX_STARTED_BY";

/** The variable for a child process, by which {@link endOrphanedProcesses} finds it and its descendants. */
export function startedByThisProcess(folder: string): Readonly<Record<string, string>> {
  return { [STARTED_BY]: `${ownProcessMark()} in ${folder}` };
}

/**
 * Ends the processes below a command in a project that is proved dead on this machine. Pulumi's CLI ends once
 * it prints something, but its providers never do. Returns how many.
 */
export function endOrphanedProcesses(folder: string): number {
  const orphans = processIds().filter((pid) => {
    const starter = starterOf(pid);
    return starter?.endsWith(` in ${folder}`) && !mayStillRun(starter);
  });
  for (const pid of orphans) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
  return orphans.length;
}

/** Undefined for a process that Nestbox did not start, and for one of another user. */
function starterOf(pid: string): string | undefined {
  const variables = textOf(`/proc/${pid}/environ`)?.split("\0");
  return variables?.find((one) => one.startsWith(`${STARTED_BY}=`))?.slice(STARTED_BY.length + 1);
}
