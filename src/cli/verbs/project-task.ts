import path from "node:path";
import { STAND_INS } from "../../../airgap/images/stand-ins.ts";
import { type Sandbox, sandbox } from "../../model/sandbox.ts";
import type { Place } from "../workspace/project.ts";
import { withWorkspace } from "../workspace/workspace.ts";
import { inForeground } from "./pulumi.ts";

/**
 * A sandbox of every image that there is a stand-in for: those are what this project's own tests and
 * measurements run.
 */
const everyStandIn = {
  pulumi: true,
  sandboxes: (): readonly Sandbox[] => [
    sandbox("stand-ins", {
      services: Object.fromEntries(STAND_INS.map(({ folder, name }) => [folder, { image: name }])),
    }),
  ],
};

/** `npm test`: sets up this machine with every image that they use and runs this project's own tests. */
export function test(place: Place, words: readonly string[]): Promise<number> {
  return withWorkspace(place, everyStandIn, async ({ project, progress }) => {
    progress.close();
    return inForeground(path.join(project.folder, "node_modules", ".bin", "jest"), words, project.folder);
  });
}

/** `npm run bench`: sets up this machine and runs this project's own measurements. */
export function bench(place: Place, words: readonly string[]): Promise<number> {
  return withWorkspace(place, everyStandIn, async ({ project, progress }) => {
    progress.close();
    return inForeground(
      process.execPath,
      [path.join(project.folder, "bench", "main.ts"), ...words],
      project.folder,
    );
  });
}
