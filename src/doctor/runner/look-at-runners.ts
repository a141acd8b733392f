import { askDocker } from "../../docker/api.ts";
import { readContainerFile } from "../../docker/container-file.ts";
import type { DockerHost } from "../../docker/host.ts";
import {
  lostRunners,
  RUNNER_FOLDER,
  type RunnerContainer,
  type RunnerKeeper,
  readRunners,
  readSystemId,
} from "../../gitlab/runner/runners.ts";
import type { Check } from "../check.ts";
import { reachGitLab } from "./ask-gitlab.ts";
import { environmentOf, expanded, runnersIn, settingsIn } from "./config-in-container.ts";
import { readMirror } from "./mirror.ts";
import { NEVER_STARTED, notAsked } from "./not-asked.ts";
import { checkRunner } from "./runner-checks.ts";
import type { RunnerFacts, RunnerReach, StackSettingsInConfig } from "./runner-facts.ts";
import { tokenStates } from "./tokens.ts";
import { verify } from "./verify-in-container.ts";
import { readVersion, versionInTag } from "./version.ts";
/** A container with gitlab-runner, and what is good and bad about it. Plain data, for `--json` too. */
export interface ExaminedRunner {
  /** Absent when it is gone. */
  readonly container?: string;
  readonly project: string;
  readonly stack: string;
  readonly checks: readonly Check[];
}

/** What a look at runners needs from elsewhere. */
export interface RunnerQuestions {
  /** What the declarations of a project give for its runner today. Called for each runner. */
  readonly declaredConfig: (
    project: string,
    settings: StackSettingsInConfig,
  ) => Promise<RunnerFacts["declared"]>;
  readonly host: () => Promise<Pick<RunnerFacts, "freeNetworks" | "uplinkMtu">>;
  /**
   * The stacks that are to keep a runner, as far as they are known here: one whose container is gone is found
   * by its volume.
   * @default none
   */
  readonly keepers?: readonly RunnerKeeper[];
  /** Milliseconds that GitLab and the engine have for each answer. @default 10000 */
  readonly patience?: number;
}

const PATIENCE = 10_000;

/**
 * Looks at every container of ours with gitlab-runner on an engine, changing nothing: asks the engine, GitLab
 * from here and, in the container, `gitlab-runner verify`. Tokens are used to ask GitLab about them and go
 * nowhere else. What does not answer is a finding.
 */
export async function lookAtRunners(
  engine: DockerHost,
  { patience = PATIENCE, keepers = [], ...others }: RunnerQuestions,
): Promise<readonly ExaminedRunner[]> {
  const [runners, lost] = await Promise.all([
    readRunners(engine, AbortSignal.timeout(patience)),
    lostRunners(engine, keepers, AbortSignal.timeout(patience)),
  ]);
  const examined = runners.map(async (runner) => {
    const { name: container, project, stack } = runner;
    return {
      container,
      project,
      stack,
      checks: await examine(engine, runner, { ...others, patience }),
    };
  });
  return [...(await Promise.all(examined)), ...lost.map(gone)];
}

function gone({ project, stack }: RunnerKeeper): ExaminedRunner {
  const finding = "its container is gone: somebody has removed it, and its jobs wait in GitLab";
  const remedy = `\`nestbox up --stack ${stack}\` in the project's folder makes it again.`;
  return { project, stack, checks: [{ id: "runner", state: "problem", finding, remedy }] };
}

type Questions = Required<Omit<RunnerQuestions, "keepers">>;

async function examine(
  engine: DockerHost,
  runner: RunnerContainer,
  questions: Questions,
): Promise<readonly Check[]> {
  try {
    return checkRunner(await readRunner(engine, runner, questions));
  } catch (error) {
    const finding = `${runner.name} cannot be looked at: ${error instanceof Error ? error.message : String(error)}`;
    return [{ id: "runner", state: "unknown", finding }];
  }
}

async function readRunner(
  engine: DockerHost,
  runner: RunnerContainer,
  { declaredConfig, host, patience }: Questions,
): Promise<RunnerFacts> {
  const inTime = () => AbortSignal.timeout(patience);
  const [container, config, systemId, mirror] = await Promise.all([
    askDocker<ContainerAnswer>(engine, `/containers/${runner.id}/json`, { signal: inTime() }),
    readContainerFile(engine, runner.id, `${RUNNER_FOLDER}/config.toml`, inTime()),
    readSystemId(engine, runner.id, inTime()),
    readMirror(engine, runner, inTime()),
  ]);
  const { State: state, HostConfig: hostConfig } = container;
  const environment = environmentOf(container.Config.Env ?? []);
  const runnersInFile = runnersIn(config);
  const url = expanded(runnersInFile[0]?.url, environment);
  const isRunning = state.Status === "running";
  const [version, verified, gitlab] = await Promise.all([
    isRunning ? readVersion(engine, runner.id, inTime()) : undefined,
    whyNotVerified(isRunning, systemId) ?? verify(engine, runner.id, patience),
    url === undefined ? notAsked("no address is known") : reachGitLab({ url, patience }),
  ]);
  const versionFound = version ?? (await versionInTag(engine, container.Image, inTime()));
  return {
    name: runner.name,
    stack: runner.stack,
    state: state.Status,
    ...(state.Health && { health: state.Health.Status }),
    exitCode: state.ExitCode,
    restarts: container.RestartCount,
    ...(runner.jobs !== undefined && { jobs: runner.jobs }),
    ...(versionFound !== undefined && { version: versionFound }),
    ...(config !== undefined && { config }),
    declared: await declaredConfig(runner.project, settingsIn(config)),
    ...(await host()),
    publishedAt: Object.values(hostConfig.PortBindings ?? {}).flatMap((bindings) =>
      (bindings ?? []).map(({ HostIp }) => HostIp || "0.0.0.0"),
    ),
    onHostNetwork: hostConfig.NetworkMode === "host",
    ...(url !== undefined && { gitlabUrl: url.replace(/\/+$/, "") }),
    gitlab,
    verified,
    tokens: await tokenStates(runnersInFile, environment, { url, patience, systemId, gitlab }),
    ...(mirror && { mirror }),
  };
}

function whyNotVerified(isRunning: boolean, systemId: string | undefined): RunnerReach | undefined {
  if (!isRunning) return notAsked("the container does not run");
  return systemId === undefined ? notAsked(NEVER_STARTED) : undefined;
}

interface ContainerAnswer {
  readonly Image: string;
  readonly RestartCount: number;
  readonly State: {
    readonly Status: string;
    readonly ExitCode: number;
    readonly Health?: { readonly Status: string };
  };
  readonly Config: { readonly Env: readonly string[] | null };
  readonly HostConfig: {
    readonly NetworkMode: string;
    readonly PortBindings: Readonly<Record<string, readonly { readonly HostIp: string }[] | null>> | null;
  };
}
