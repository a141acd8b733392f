import { clusterConfigFile } from "../../gitlab/cluster-runner/cluster-config.ts";
import { runnerManifest } from "../../gitlab/cluster-runner/runner-manifest.ts";
import { configFile } from "../../gitlab/runner/config-file.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { requireRunners, requireSomeRunner, runnerWarnings } from "../../model/runner/check-runners.ts";
import {
  type KubernetesRunner,
  type Runner,
  runsInCluster,
  runsOnEngine,
} from "../../model/runner/runner.ts";
import { declarationFiles } from "../../project/declaration-files.ts";
import { readDeclaredRunners } from "../../project/declared-list.ts";
import type { Invocation } from "../../sandbox/invocation.ts";
import { colors } from "../../terminal/colors.ts";

type Output = Pick<Invocation, "stdout" | "stderr">;

/**
 * `nestbox runner config [RUNNER]`: prints gitlab-runner's config.toml for the declared runners on a Docker
 * engine, or for one in a cluster.
 */
export async function printRunnerConfig(
  project: string,
  name: string | undefined,
  output: Output,
): Promise<number> {
  const runners = await checkedRunners(project, output);
  const { runners: file } = declarationFiles(project);
  const inCluster = runners.filter(runsInCluster);
  if (name !== undefined) {
    const runner = named(name, inCluster, file);
    output.stdout.write(clusterConfigFile(runner, runner.namespace ?? "NAMESPACE-OF-JOBS"));
    return 0;
  }
  if (!runners.some(runsOnEngine))
    throw new ConfigurationError(
      `${file}: all runners are in a cluster, each with a file of its own; name one of ` +
        inCluster.map((runner) => runner.name).join(", "),
    );
  output.stdout.write(configFile(runners));
  return 0;
}

/**
 * `nestbox runner manifest [RUNNER]`: prints what an administrator applies for runners in a cluster whose
 * Roles `up` may not create.
 */
export async function printRunnerManifest(
  project: string,
  name: string | undefined,
  output: Output,
): Promise<number> {
  const inCluster = (await checkedRunners(project, output)).filter(runsInCluster);
  const { runners: file } = declarationFiles(project);
  const prepared = inCluster.filter(({ access }) => access === "existing");
  const chosen = name === undefined ? prepared : [named(name, inCluster, file)];
  if (chosen.length === 0)
    throw new ConfigurationError(
      `${file}: no runner has access: "existing", so that up creates what it needs; set it where RBAC ` +
        "forbids that, or name a runner",
    );
  output.stdout.write(
    chosen.map((runner) => runnerManifest(`${file}: ${runner.name}`, runner)).join("---\n"),
  );
  return 0;
}

async function checkedRunners(project: string, { stderr }: Output): Promise<readonly Runner[]> {
  const runners = await readDeclaredRunners(project);
  const { runners: file } = declarationFiles(project);
  requireSomeRunner(runners, file);
  requireRunners(runners, file);
  for (const { path, message } of runnerWarnings(runners, file)) {
    stderr.write(`${colors.yellow("warning")} ${path}: ${message}\n`);
  }
  return runners;
}

function named(name: string, runners: readonly KubernetesRunner[], file: string): KubernetesRunner {
  const found = runners.find((runner) => runner.name === name);
  if (found !== undefined) return found;
  const names = runners.map((runner) => runner.name).join(", ") || "none";
  throw new ConfigurationError(`${file}: no runner "${name}" with the executor kubernetes; it has ${names}`);
}
