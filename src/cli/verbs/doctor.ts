import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { engineHost } from "../../docker/engine-host.ts";
import { type Check, uncertain } from "../../doctor/check.ts";
import { type Diagnosis, diagnose } from "../../doctor/diagnose.ts";
import { inspectMachine } from "../../doctor/machine/inspect-machine.ts";
import type { InspectedRunner } from "../../doctor/runner/inspect-runners.ts";
import { cacheFolder } from "../../machine/cache-folder.ts";
import { uplinkMtu } from "../../machine/uplink.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { colors } from "../../terminal/colors.ts";
import { createProgress } from "../../terminal/progress.ts";
import { table } from "../tables/table.ts";

export interface DoctorOptions {
  /**
   * A job's log, or gitlab-runner's configuration if the name ends in `.toml`; `-` for a log on the standard
   * input.
   * @default none: examine this machine
   */
  readonly file?: string | undefined;
  /** Print JSON. @default false */
  readonly json?: boolean;
  /** The folder of the project that declares this machine's runner. @default the current folder */
  readonly project?: string;
}

export interface Streams {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
}

/**
 * `nestbox doctor`: reports the problems of this machine and its runners, of a job's log or of a config.toml,
 * each with its remedy. It changes nothing.
 *
 * It reads the standard input only for `-`: in a CI job that is the rest of the job's script.
 * @returns the exit code: 1 if there is a problem
 */
export async function doctor(
  { file, json = false, project = process.cwd() }: DoctorOptions,
  streams: Streams,
): Promise<number> {
  const report = await examine(file, project, streams.stdin);
  streams.stdout.write(json ? `${JSON.stringify(asData(report), null, 2)}\n` : describe(report, file));
  const { machine, toolchain, runners, config, failures } = report;
  const checks = [...machine, ...toolchain, ...runners.flatMap((runner) => runner.checks), ...config];
  return failures.length > 0 || checks.some(({ state }) => state === "problem") ? 1 : 0;
}

/** The findings of the doctor. Parts that were not examined are empty. */
interface Report {
  readonly machine: readonly Check[];
  readonly toolchain: readonly Check[];
  readonly runners: readonly InspectedRunner[];
  readonly config: readonly Check[];
  readonly failures: readonly Diagnosis[];
}

const EMPTY_REPORT: Report = { machine: [], toolchain: [], runners: [], config: [], failures: [] };

async function examine(
  file: string | undefined,
  project: string,
  stdin: NodeJS.ReadableStream,
): Promise<Report> {
  if (file === undefined) {
    const [machine, toolchain] = await Promise.all([inspectMachine(engineHost), examineToolchain(project)]);
    const found = { ...EMPTY_REPORT, machine, toolchain };
    if (!machine.some(({ id, state }) => id === "engine" && state === "good")) return found;
    try {
      return { ...found, runners: await examineRunners(project) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const finding = `the runners on this engine could not be listed: ${reason}`;
      return { ...found, machine: [...machine, uncertain("runners", finding)] };
    }
  }
  if (!file.endsWith(".toml"))
    return { ...EMPTY_REPORT, failures: diagnose(await readInput(file, "log", stdin)) };
  const { checkRunnerConfig } = await import("../../doctor/runner/runner-config-checks.ts");
  const content = await readInput(file, "configuration", stdin);
  return { ...EMPTY_REPORT, config: checkRunnerConfig(content, { uplinkMtu: uplinkMtu() }) };
}

/** The checks of a project's toolchain. Empty in a folder without a project. */
async function examineToolchain(project: string): Promise<readonly Check[]> {
  const [
    { checkToolchain, toolchainUnknown },
    { loadAirgap },
    { findToolchain },
    { hasPulumiProject, nearestProject },
  ] = await Promise.all([
    import("../../doctor/toolchain/toolchain-checks.ts"),
    import("../../setup/airgap.ts"),
    import("../../setup/pulumi-toolchain.ts"),
    import("../workspace/project.ts"),
  ]);
  const projectFolder = nearestProject(resolve(project));
  if (projectFolder === undefined || !hasPulumiProject(projectFolder)) return [];
  try {
    const { signal } = new AbortController();
    const airgap = loadAirgap(projectFolder);
    return checkToolchain(
      await findToolchain({ airgap, cache: cacheFolder(), projectFolder, signal, readOnly: true }),
    );
  } catch (error) {
    return [toolchainUnknown(error instanceof Error ? error.message : String(error))];
  }
}

/** The runners on the engine. Loads the modules for them here, since most machines have no runner. */
async function examineRunners(project: string): Promise<readonly InspectedRunner[]> {
  const [{ inspectRunners }, { declaredRunnerConfig, runnerKeepers }, { inspectRunnerHost }] =
    await Promise.all([
      import("../../doctor/runner/inspect-runners.ts"),
      import("../workspace/declared-runner.ts"),
      import("../../gitlab/runner/runner-host.ts"),
    ]);
  const engine = engineHost();
  const progress = createProgress();
  try {
    return await progress.step("Runners and GitLab", () =>
      inspectRunners(engine, {
        declaredConfig: declaredRunnerConfig(project, engine),
        host: async () => {
          const { networks, uplinkMtu } = await inspectRunnerHost(engine);
          return { freeNetworks: networks.free, ...(uplinkMtu !== undefined && { uplinkMtu }) };
        },
        keepers: runnerKeepers(project),
      }),
    );
  } finally {
    progress.close();
  }
}

const REMEDIES = {
  log: "name a file with a job's log, or - for the standard input",
  configuration: "name a config.toml of gitlab-runner",
} as const;

async function readInput(
  file: string,
  what: keyof typeof REMEDIES,
  stdin: NodeJS.ReadableStream,
): Promise<string> {
  const input = file === "-" ? text(stdin) : readFile(file, "utf8");
  const content = await input.catch(({ code }: NodeJS.ErrnoException) => {
    throw new ConfigurationError(`${file}: the ${what} cannot be read (${code}); ${REMEDIES[what]}`);
  });
  if (content.trim() !== "") return content;
  const source = file === "-" ? "the standard input" : file;
  throw new ConfigurationError(`${source}: the ${what} is empty; ${REMEDIES[what]}`);
}

function asData(report: Report): object {
  const failures = report.failures.map(({ failure, line: { number: line, text: shown } }) => {
    const { id, cause, remedy, source } = failure;
    return { id, line, text: shown, cause, remedy, source };
  });
  return { ...report, failures };
}

function describe(report: Report, file: string | undefined): string {
  if (file === undefined) return describeHost(report);
  return file.endsWith(".toml") ? describeChecks(report.config) : describeFailures(report.failures);
}

const SIGNS: Readonly<Record<Check["state"], string>> = {
  good: colors.green("✓"),
  warning: colors.yellow("!"),
  problem: colors.red("✗"),
  unknown: colors.dim("?"),
};

function describeHost({ machine, toolchain, runners }: Report): string {
  const paragraphs = runners.map(({ container, project, stack, checks }) => {
    const name = colors.bold(container ?? "no container");
    return `${name}  ${colors.dim(`runner of ${project}/${stack}`)}\n${describeChecks(checks)}`;
  });
  return [describeChecks([...machine, ...toolchain]), ...paragraphs].join("\n");
}

function describeChecks(checks: readonly Check[]): string {
  return checks
    .flatMap(({ state, finding, remedy }) => [
      `${SIGNS[state]} ${finding}\n`,
      ...(remedy === undefined ? [] : [`  ${colors.dim(remedy)}\n`]),
    ])
    .join("");
}

function describeFailures(failures: readonly Diagnosis[]): string {
  if (failures.length === 0) return "no known failure in this log\n";
  return failures
    .map(({ failure: { cause, remedy, source }, line }) => {
      const rows = [
        [colors.bold("cause"), cause],
        [colors.bold("remedy"), remedy],
        [colors.bold("source"), colors.dim(source)],
      ];
      return `${colors.red(`line ${line.number}`)}  ${line.text}\n${table(rows, "  ")}\n`;
    })
    .join("\n");
}
