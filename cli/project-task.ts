import path from "node:path";
import type { Sandbox } from "../sandboxes/model/sandbox.ts";
import type { Place, Project } from "./project.ts";
import { inForeground } from "./pulumi.ts";
import { withSession } from "./session.ts";

const everySandbox = { pulumi: true, sandboxes: (project: Project): readonly Sandbox[] => project.declared };

/** `npm test`: sets up this machine for every sandbox and runs this project's own tests. */
export function test(place: Place, words: readonly string[]): Promise<number> {
  return withSession(place, everySandbox, async ({ project, progress }) => {
    progress.close();
    return inForeground(path.join(project.folder, "node_modules", ".bin", "jest"), words, project.folder);
  });
}

/** `npm run bench`: sets up this machine and runs this project's own measurements. */
export function bench(place: Place, words: readonly string[]): Promise<number> {
  return withSession(place, everySandbox, async ({ project, progress }) => {
    progress.close();
    return inForeground(
      process.execPath,
      [path.join(project.folder, "bench", "main.ts"), ...words],
      project.folder,
    );
  });
}
