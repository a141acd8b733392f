import path from "node:path";
import type { DockerHost } from "../../docker/host.ts";
import type { InspectionOptions } from "../../doctor/runner/inspect-runners.ts";
import { configFile } from "../../gitlab/runner/config-file.ts";
import { withMeasuredMtu } from "../../gitlab/runner/host-limits.ts";
import { inspectRunnerHost } from "../../gitlab/runner/runner-host.ts";
import { requireRunners } from "../../model/runner/check-runners.ts";
import { declarationFiles } from "./declaration-files.ts";
import { readDeclaredRunners } from "./declared-list.ts";
import { findProject } from "./project.ts";
import { readYaml } from "./yaml-file.ts";

/** The declared config.toml of a runner on the engine, from the project at a folder or above it. */
export function declaredRunnerConfig(start: string, engine: DockerHost): InspectionOptions["declaredConfig"] {
  return async (project, settings) => {
    try {
      const folder = findProject(path.resolve(start));
      const { name } = readYaml(path.join(folder, "Pulumi.yaml"));
      if (name !== project) return { unknown: `project "${project}" declares it, not "${name}"` };
      const runners = await readDeclaredRunners(folder);
      requireRunners(runners, declarationFiles(folder).runners);
      return { config: configFile(withMeasuredMtu(runners, await inspectRunnerHost(engine)), settings) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const [first] = reason.split("\n");
      return { unknown: `its declaration cannot: ${first}` };
    }
  };
}
