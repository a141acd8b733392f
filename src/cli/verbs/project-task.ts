import path from "node:path";
import { STAND_INS } from "../../../airgap/images/stand-ins.ts";
import type { Place } from "../workspace/project.ts";
import { withWorkspace } from "../workspace/workspace.ts";
import { inForeground } from "./pulumi.ts";

/** Every image that there is a stand-in for: this project's own tests and measurements run them. */
const everyStandIn = {
  pulumi: true,
  plans: () => [],
  images: () => STAND_INS.map(({ name }) => name),
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
