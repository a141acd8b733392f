import { join } from "node:path";

export { runningCluster, startCluster, stopCluster } from "./cluster/own-cluster.ts";
export { dockerCommand, engineObstacle, runningEngine, startEngine, stopEngine } from "./engine/daemon.ts";
export { CannotCompile } from "./go-programs.ts";
export { buildStandIn, removeDanglingBuilds, standInState } from "./images/build.ts";
export { STAND_INS } from "./images/stand-ins.ts";
export { compiledCliVersion, compiledProgram, compilePulumi } from "./pulumi/compile.ts";
export { addToMirror, missingInMirror } from "./registry/mirror-images.ts";

/** The folder of the stand-in for the GitLab provider, for PATH. */
export const GITLAB_PROVIDER_FOLDER: string = join(import.meta.dirname, "gitlab-provider", "bin");
