import { configFile } from "../../gitlab/runner/config-file.ts";
import { requireRunners, requireSomeRunner, runnerWarnings } from "../../model/runner/check-runners.ts";
import { colors } from "../../terminal/colors.ts";
import { declarationFiles } from "../workspace/declaration-files.ts";
import { readDeclaredRunners } from "../workspace/declared-list.ts";

/** `nestbox runner config`: prints gitlab-runner's config.toml for the declared runners. */
export async function printRunnerConfig(project: string): Promise<number> {
  const runners = await readDeclaredRunners(project);
  const { runners: file } = declarationFiles(project);
  requireSomeRunner(runners, file);
  requireRunners(runners, file);
  for (const { path, message } of runnerWarnings(runners, file)) {
    process.stderr.write(`${colors.yellow("warning")} ${path}: ${message}\n`);
  }
  process.stdout.write(configFile(runners));
  return 0;
}
