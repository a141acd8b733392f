import { spawn } from "node:child_process";
import type { Place } from "../workspace/project.ts";
import { withWorkspace } from "../workspace/workspace.ts";

/** `nestbox pulumi …`: the Pulumi CLI with this project's engine, state and plugins. Gives its exit code. */
export function pulumi(place: Place, words: readonly string[]): Promise<number> {
  return withWorkspace(
    stackPlace(place, words),
    { pulumi: true, plans: (project) => project.plans },
    async ({ pulumi: command, project, progress }) => {
      progress.close();
      return inForeground(command, words, project.folder);
    },
  );
}

/** What Pulumi's own words say about the stack counts, since its settings tell what the command needs. */
function stackPlace(place: Place, words: readonly string[]): Place {
  const named = words.flatMap((word, index) => {
    if (word === "-s" || word === "--stack") return words[index + 1] ?? [];
    return /^(?:--stack=|-s=?)(.+)$/.exec(word)?.[1] ?? [];
  });
  return { ...place, stack: named.at(-1) ?? place.stack };
}

/**
 * Runs a program on the user's terminal and gives its exit code. The terminal's Ctrl-C reaches it directly.
 */
export function inForeground(command: string, words: readonly string[], folder: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const ignore = () => {};
    const child = spawn(command, words, { cwd: folder, stdio: "inherit" });
    process.on("SIGINT", ignore);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("SIGINT", ignore);
      resolve(code ?? (signal === "SIGINT" ? 130 : 1));
    });
  });
}
