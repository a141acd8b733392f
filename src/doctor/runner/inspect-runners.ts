import type Docker from "dockerode";
import { askDocker } from "../../docker/api.ts";
import { readContainerFile } from "../../docker/container-file.ts";
import type { DockerHost } from "../../docker/host.ts";
import type { RunnerProcess } from "../../gitlab/runner/config-file.ts";
import {
  missingRunners,
  RUNNER_FOLDER,
  type RunnerContainer,
  type RunnerKeeper,
  readRunners,
  readSystemId,
} from "../../gitlab/runner/runners.ts";
import { type Check, failed, uncertain } from "../check.ts";
import { environmentOf, expandVariable, runnersIn, settingsIn } from "./config-in-container.ts";
import { NEVER_STARTED, probeGitLab, tokenStates, unknownState, verify } from "./gitlab-reach.ts";
import { readMirror } from "./mirror.ts";
import { checkRunner } from "./runner-checks.ts";
import type { RunnerFacts, RunnerReach } from "./runner-facts.ts";
import { readVersion } from "./runner-version.ts";

/** A runner's container and its checks. Plain data, the output of `--json`. */
export interface InspectedRunner {
  /** Undefined when the container is missing. */
  readonly container?: string;
  readonly project: string;
  readonly stack: string;
  readonly checks: readonly Check[];
}

export interface InspectionOptions {
  /** Renders the config.toml that a project's declarations produce now. Called for each runner. */
  readonly declaredConfig: (project: string, settings: RunnerProcess) => Promise<RunnerFacts["declared"]>;
  readonly host: () => Promise<Pick<RunnerFacts, "freeNetworks" | "uplinkMtu">>;
  /**
   * The stacks with a configured runner. A missing container is detected by the runner's volume.
   * @default none
   */
  readonly keepers?: readonly RunnerKeeper[];
  /** The timeout of each request to GitLab and the engine, in milliseconds. @default 10000 */
  readonly timeout?: number;
}

const TIMEOUT = 10_000;

/**
 * Inspects each of Nestbox's gitlab-runner containers on an engine, without changes. It queries the engine,
 * GitLab, and `gitlab-runner verify` in the container; failures become findings. Tokens go only to GitLab.
 */
export async function inspectRunners(
  engine: DockerHost,
  { timeout = TIMEOUT, keepers = [], ...others }: InspectionOptions,
): Promise<readonly InspectedRunner[]> {
  const [runners, missing] = await Promise.all([
    readRunners(engine, AbortSignal.timeout(timeout)),
    missingRunners(engine, keepers, AbortSignal.timeout(timeout)),
  ]);
  const inspected = runners.map(async (runner) => {
    const checks = await inspect(engine, runner, { ...others, timeout });
    return { container: runner.name, project: runner.project, stack: runner.stack, checks };
  });
  return [...(await Promise.all(inspected)), ...missing.map(missingContainer)];
}

function missingContainer({ project, stack }: RunnerKeeper): InspectedRunner {
  const finding = "the container is missing: somebody removed it, and its jobs wait in GitLab";
  const remedy = `Run \`nestbox up --stack ${stack}\` in the project's folder: it recreates the container.`;
  return { project, stack, checks: [failed("runner", finding, remedy)] };
}

type Inspection = Required<Omit<InspectionOptions, "keepers">>;

async function inspect(
  engine: DockerHost,
  runner: RunnerContainer,
  inspection: Inspection,
): Promise<readonly Check[]> {
  try {
    return checkRunner(await readRunner(engine, runner, inspection));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [uncertain("runner", `${runner.name} cannot be inspected: ${reason}`)];
  }
}

async function readRunner(
  engine: DockerHost,
  runner: RunnerContainer,
  { declaredConfig, host, timeout }: Inspection,
): Promise<RunnerFacts> {
  const inTime = () => AbortSignal.timeout(timeout);
  const [container, config, systemId, mirror] = await Promise.all([
    askDocker<Docker.ContainerInspectInfo>(engine, `/containers/${runner.id}/json`, { signal: inTime() }),
    readContainerFile(engine, runner.id, `${RUNNER_FOLDER}/config.toml`, inTime()),
    readSystemId(engine, runner.id, inTime()),
    readMirror(engine, runner, inTime()),
  ]);
  const { State: state, HostConfig: hostConfig } = container;
  const environment = environmentOf(container.Config.Env ?? []);
  const runnerSections = runnersIn(config);
  const url = expandVariable(runnerSections[0]?.url, environment);
  const isRunning = state.Status === "running";
  const [version, verified, gitlab] = await Promise.all([
    readVersion(engine, { container: runner.id, image: container.Image, isRunning }, timeout),
    whyNotVerified(isRunning, systemId) ?? verify(engine, runner.id, timeout),
    url === undefined ? unknownState("its address is unknown") : probeGitLab({ url, timeout }),
  ]);
  return {
    name: runner.name,
    stack: runner.stack,
    state: state.Status,
    ...(state.Health && { health: state.Health.Status }),
    exitCode: state.ExitCode,
    restarts: container.RestartCount,
    ...(runner.jobs !== undefined && { jobs: runner.jobs }),
    ...(version !== undefined && { version }),
    ...(config !== undefined && { config }),
    declared: await declaredConfig(runner.project, settingsIn(config)),
    ...(await host()),
    publishedAt: Object.values<Docker.PortBinding[] | null>(hostConfig.PortBindings ?? {}).flatMap(
      (bindings) => (bindings ?? []).map(({ HostIp }) => HostIp || "0.0.0.0"),
    ),
    onHostNetwork: hostConfig.NetworkMode === "host",
    ...(url !== undefined && { gitlabUrl: url.replace(/\/+$/, "") }),
    gitlab,
    verified,
    tokens: await tokenStates(runnerSections, environment, { url, timeout, systemId, gitlab }),
    ...(mirror && { mirror }),
  };
}

function whyNotVerified(isRunning: boolean, systemId: string | undefined): RunnerReach | undefined {
  if (!isRunning) return unknownState("the container is not running");
  return systemId === undefined ? unknownState(NEVER_STARTED) : undefined;
}
