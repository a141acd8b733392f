import { join } from "node:path";

export { runningCluster, startCluster, stopCluster } from "./cluster/own-cluster.ts";
export { dockerCommand, engineObstacle, runningEngine, startEngine, stopEngine } from "./engine/daemon.ts";
export { CannotCompile } from "./go-programs.ts";
export { buildStandIn, removeDanglingBuilds, standInState } from "./images/build.ts";
export { STAND_INS } from "./images/stand-ins.ts";
export { compiledCliVersion, compiledProgram, compilePulumi } from "./pulumi/compile.ts";
export { addToMirror, missingInMirror } from "./registry/mirror-images.ts";

/** The folders of the stand-in plugins, for PATH. */
export const PLUGIN_FOLDERS = {
  languageHost: join(import.meta.dirname, "language-host", "bin"),
  gitlabProvider: join(import.meta.dirname, "gitlab-provider", "bin"),
} as const;
