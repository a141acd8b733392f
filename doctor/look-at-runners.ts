import { parse } from "smol-toml";
import { readContainerFile } from "../engine/container-file.ts";
import { runInContainer } from "../engine/run-in-container.ts";
import {
  lostRunners,
  RUNNER_FOLDER,
  type RunnerContainer,
  type RunnerKeeper,
  readRunners,
  readSystemId,
} from "../engine/runners.ts";
import { askDocker } from "../machine/docker/api.ts";
import type { DockerHost } from "../machine/docker/host.ts";
import { LABEL, type Labels } from "../sandboxes/model/labels.ts";
import type { Check } from "./check.ts";
import { checkRunner } from "./runner-checks.ts";
import type {
  GitLabReach,
  MirrorFacts,
  RunnerFacts,
  RunnerReach,
  StackSettingsInConfig,
  TokenState,
} from "./runner-facts.ts";
import { reachGitLab, verifyToken } from "./verify-token.ts";

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
  /** The stacks that are to keep a runner, as far as they are known here: one whose container is gone is found by its volume. @default none */
  readonly keepers?: readonly RunnerKeeper[];
  /** Milliseconds that GitLab and the engine have for each answer. @default 10000 */
  readonly patience?: number;
}

const PATIENCE = 10_000;

/**
 * Looks at every container of ours with gitlab-runner on an engine, changing nothing: asks the engine, GitLab from here and, in the container, `gitlab-runner verify`.
 * Tokens are used to ask GitLab about them and go nowhere else. What does not answer is a finding.
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
  const environment = environmentOf(container);
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

/** Asked before it has an identity, gitlab-runner would give itself one. */
function whyNotVerified(isRunning: boolean, systemId: string | undefined): RunnerReach | undefined {
  if (!isRunning) return notAsked("the container does not run");
  return systemId === undefined ? notAsked(NEVER_STARTED) : undefined;
}

const NEVER_STARTED = "the runner has never started";

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

function environmentOf({ Config }: ContainerAnswer): ReadonlyMap<string, string> {
  return new Map(
    (Config.Env ?? []).map((entry) => {
      const end = entry.indexOf("=");
      return [entry.slice(0, end), entry.slice(end + 1)] as const;
    }),
  );
}

/** What a config.toml says of a runner, as far as it matters here. */
interface RunnerInFile {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly authorities?: string;
}

function runnersIn(config: string | undefined): readonly RunnerInFile[] {
  const { runners } = tableIn(config);
  const list: readonly unknown[] = Array.isArray(runners) ? runners : [];
  return list.map((each, place) => {
    const {
      name,
      url,
      token,
      "tls-ca-file": authorities,
    } = (each ?? {}) as Readonly<Record<string, unknown>>;
    return {
      name: String(name ?? place + 1),
      url: String(url ?? ""),
      token: String(token ?? ""),
      ...(typeof authorities === "string" && { authorities }),
    };
  });
}

/** What in it comes from the stack's settings and not from the declared runners. */
function settingsIn(config: string | undefined): StackSettingsInConfig {
  const { listen_address: metricsAddress } = tableIn(config);
  const gitlabAuthorities = runnersIn(config)[0]?.authorities;
  const [, daemonConfig] = /"([^":]+):\/etc\/docker\/daemon\.json:ro"/.exec(config ?? "") ?? [];
  return {
    ...(typeof metricsAddress === "string" && { metricsAddress }),
    ...(daemonConfig !== undefined && { daemonConfig }),
    ...(gitlabAuthorities !== undefined && { gitlabAuthorities }),
  };
}

/** A file that cannot be read has nothing in it: that it is broken is a check of its own. */
function tableIn(config: string | undefined): Readonly<Record<string, unknown>> {
  try {
    return parse(config ?? "");
  } catch {
    return {};
  }
}

/** As gitlab-runner expands `$VARIABLE` and `${VARIABLE}`. Undefined for one that is not there. */
function expanded(value: string | undefined, environment: ReadonlyMap<string, string>): string | undefined {
  const variable = variableIn(value ?? "");
  return (variable === undefined ? value : environment.get(variable)) || undefined;
}

function variableIn(value: string): string | undefined {
  return /^\$\{?(\w+)\}?$/.exec(value)?.[1];
}

async function readVersion(
  engine: DockerHost,
  container: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { exitCode, output } = await runInContainer(
      engine,
      container,
      ["gitlab-runner", "--version"],
      signal,
    );
    return exitCode === 0 ? /Version:\s+(\d+\.\d+\S*)/.exec(output)?.[1] : undefined;
  } catch {
    return undefined;
  }
}

async function versionInTag(
  engine: DockerHost,
  image: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { RepoTags: tags } = await askDocker<{ readonly RepoTags?: readonly string[] | null }>(
      engine,
      `/images/${image}/json`,
      { signal },
    );
    return (tags ?? []).flatMap(
      (tag) => /gitlab-runner:(?:[a-z]+-)?v?(\d+\.\d+[\w.]*)/.exec(tag)?.[1] ?? [],
    )[0];
  } catch {
    return undefined;
  }
}

/**
 * The runner's own question to GitLab, as it asks it: through its network, name servers and certificates. What it says counts, for it ends with 0 when GitLab is out of reach.
 * Source: https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/commands/verify.go
 */
async function verify(engine: DockerHost, container: string, patience: number): Promise<RunnerReach> {
  const inTime = AbortSignal.timeout(patience);
  try {
    const { output } = await runInContainer(engine, container, ["gitlab-runner", "verify"], inTime);
    const failure = /Verifying runner\.\.\. +(?:failed|client error).*/.exec(output)?.[0];
    if (failure !== undefined) return { kind: "unreachable", reason: reasonIn(failure) };
    // A token that GitLab refuses is an answer, too.
    if (/Verifying runner\.\.\. +is (?:valid|alive|not valid|removed)/.test(output))
      return { kind: "answers" };
    return notAsked("`gitlab-runner verify` in the container does not tell");
  } catch (error) {
    if (inTime.aborted) return { kind: "unreachable", reason: `no answer within ${patience / 1000} s` };
    return notAsked((error as Error).message);
  }
}

/** Why a question came to nothing: known words alone, for the line may hold what is nobody's business. */
function reasonIn(failure: string): string {
  const known = /dial tcp.*|x509: .*|tls: .*|context deadline exceeded|\b[45]\d\d [A-Z][A-Za-z ]*|EOF/;
  return known.exec(failure)?.[0].trim() ?? "its question failed";
}

function notAsked(reason: string): { readonly kind: "unknown"; readonly reason: string } {
  return { kind: "unknown", reason };
}

interface TokenQuestions {
  readonly url: string | undefined;
  readonly patience: number;
  readonly systemId: string | undefined;
  readonly gitlab: GitLabReach;
}

async function tokenStates(
  runners: readonly RunnerInFile[],
  environment: ReadonlyMap<string, string>,
  questions: TokenQuestions,
): Promise<Readonly<Record<string, TokenState>>> {
  const states = runners.map(
    async (runner) => [runner.name, await tokenState(runner, environment, questions)] as const,
  );
  return Object.fromEntries(await Promise.all(states));
}

async function tokenState(
  { token: said, url: saidUrl }: RunnerInFile,
  environment: ReadonlyMap<string, string>,
  { patience, systemId, gitlab }: TokenQuestions,
): Promise<TokenState> {
  const variable = variableIn(said);
  const token = expanded(said, environment);
  if (token === undefined) {
    return variable === undefined ? notAsked("config.toml has none") : { kind: "missing", variable };
  }
  const url = expanded(saidUrl, environment);
  if (url === undefined || gitlab.kind !== "answers") return notAsked("GitLab was not asked");
  if (systemId === undefined) return notAsked(NEVER_STARTED);
  return verifyToken({ url, patience }, token, systemId);
}

/** The registry mirror of the same stack, if there is one, and the mirrors of the engine's own. */
async function readMirror(
  engine: DockerHost,
  { project, stack }: RunnerContainer,
  signal: AbortSignal,
): Promise<MirrorFacts | undefined> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${LABEL.kind}=registry-mirror`] }));
  const [mirrors, info] = await Promise.all([
    askDocker<readonly MirrorAnswer[]>(engine, `/containers/json?all=1&filters=${filters}`, { signal }),
    askDocker<{ readonly RegistryConfig?: { readonly Mirrors?: readonly string[] | null } }>(
      engine,
      "/info",
      { signal },
    ),
  ]);
  const mirror = mirrors.find(
    ({ Labels }) => Labels[LABEL.project] === project && Labels[LABEL.stack] === stack,
  );
  if (!mirror) return undefined;
  const published = mirror.Ports.find(({ PublicPort }) => PublicPort !== undefined);
  return {
    name: (mirror.Names[0] ?? mirror.Id).replace(/^\//, ""),
    works: mirror.State === "running" && !mirror.Status.includes("unhealthy"),
    status: mirror.Status,
    ...(published?.PublicPort !== undefined && {
      address: `http://${published.IP ?? "0.0.0.0"}:${published.PublicPort}`,
    }),
    engineMirrors: info.RegistryConfig?.Mirrors ?? [],
  };
}

interface MirrorAnswer {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly Labels: Labels;
  readonly State: string;
  readonly Status: string;
  readonly Ports: readonly { readonly IP?: string; readonly PublicPort?: number }[];
}
