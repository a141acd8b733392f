import path from "node:path";
import { findEngine } from "../docker/find-engine.ts";
import type { DockerHost } from "../docker/host.ts";
import { type Check, uncertain } from "../doctor/check.ts";
import { inspectMachine } from "../doctor/machine/inspect-machine.ts";
import { type InspectedRunner, inspectRunners } from "../doctor/runner/inspect-runners.ts";
import { checkToolchain, toolchainUnknown } from "../doctor/toolchain/toolchain-checks.ts";
import { inspectRunnerHost } from "../gitlab/runner/runner-host.ts";
import { cacheFolder } from "../machine/cache-folder.ts";
import type { Environment } from "../machine/environment.ts";
import { declaredRunnerConfig, runnerKeepers } from "../project/declared-runner.ts";
import { hasPulumiProject, nearestProject } from "../project/project.ts";
import type { Invocation } from "../sandbox/invocation.ts";
import { loadAirgap } from "../setup/airgap.ts";
import { findToolchain } from "../setup/pulumi-toolchain.ts";

export interface ExaminedMachine {
  readonly machine: readonly Check[];
  readonly toolchain: readonly Check[];
  readonly runners: readonly InspectedRunner[];
}

/**
 * Examines this machine, its engine and the runners on it.
 * @param project the folder of the project that declares the runners
 */
export async function examineMachine(project: string, invocation: Invocation): Promise<ExaminedMachine> {
  const { environment } = invocation;
  const search = findEngine(environment);
  const [machine, toolchain] = await Promise.all([
    inspectMachine(() => search, environment),
    examineToolchain(project, environment),
  ]);
  const found = { machine, toolchain, runners: [] };
  if (!machine.some(({ id, state }) => id === "engine" && state === "good")) return found;
  const engine = (await search).found?.engine;
  if (engine === undefined) return found;
  try {
    return { ...found, runners: await examineRunners(project, engine, invocation) };
  } catch (error) {
    const finding = `the runners on this engine could not be listed: ${reasonOf(error)}`;
    return { ...found, machine: [...machine, uncertain("runners", finding)] };
  }
}

/** The checks of a project's toolchain. Empty in a folder without a project. */
async function examineToolchain(project: string, environment: Environment): Promise<readonly Check[]> {
  const projectFolder = nearestProject(path.resolve(project));
  if (projectFolder === undefined || !hasPulumiProject(projectFolder)) return [];
  try {
    const { signal } = new AbortController();
    const cache = cacheFolder(environment);
    const airgap = loadAirgap(projectFolder, environment);
    return checkToolchain(
      await findToolchain({ airgap, cache, environment, projectFolder, signal, readOnly: true }),
    );
  } catch (error) {
    return [toolchainUnknown(reasonOf(error))];
  }
}

async function examineRunners(
  project: string,
  engine: DockerHost,
  { progress }: Invocation,
): Promise<readonly InspectedRunner[]> {
  return progress.step("Runners and GitLab", () =>
    inspectRunners(engine, {
      declaredConfig: declaredRunnerConfig(project, engine),
      host: async () => {
        const { networks, uplinkMtu } = await inspectRunnerHost(engine);
        return { freeNetworks: networks.free, ...(uplinkMtu !== undefined && { uplinkMtu }) };
      },
      keepers: runnerKeepers(project),
    }),
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
