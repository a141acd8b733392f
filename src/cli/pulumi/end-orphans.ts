import { endOrphanedProcesses } from "../../machine/orphaned-processes.ts";
import type { Progress } from "../../terminal/progress.ts";

/** Ends the Pulumi processes of killed commands in a project, and reports it. */
export function endOrphans(folder: string, progress: Progress): void {
  const ended = endOrphanedProcesses(folder);
  if (ended === 0) return;
  const processes = ended === 1 ? "1 process" : `${ended} processes`;
  progress.done(`ended ${processes}, left by a killed command`);
}
