import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { engineHost } from "../../docker/client.ts";
import type { Check } from "../../doctor/check.ts";
import { type Diagnosis, diagnose } from "../../doctor/diagnose.ts";
import { lookAtMachine } from "../../doctor/machine/look-at-machine.ts";
import type { ExaminedRunner } from "../../doctor/runner/look-at-runners.ts";
import { cacheFolder } from "../../machine/cache-folder.ts";
import { uplinkMtu } from "../../machine/uplink.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { colors } from "../../terminal/colors.ts";
import { createProgress } from "../../terminal/progress.ts";
import { table } from "../tables/table.ts";

/** What `nestbox doctor` is asked for. */
export interface DoctorOptions {
  /**
   * The file with a job's log or, by its ending `.toml`, gitlab-runner's configuration; `-` for a log on the
   * standard input.
   * @default none: the machine is looked at
   */
  readonly file?: string | undefined;
  /** Print what was found as JSON. @default false */
  readonly json?: boolean;
  /** Where the project is that declares this machine's runner. @default the current folder */
  readonly project?: string;
}

/** The streams of a command. */
export interface Streams {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
}

/**
 * `nestbox doctor`: what a job's log shows, or what is wrong with a runner's config.toml, or with this
 * machine and its runners, and what to do. It changes nothing. Without a network it says that GitLab does not
 * answer, where there is a runner.
 *
 * The standard input is read only when asked for: in a CI job it is the rest of the job's own script.
 * @returns 1 when something is wrong
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

/** All that was found. What was not looked at is empty. */
interface Report {
  readonly machine: readonly Check[];
  readonly toolchain: readonly Check[];
  readonly runners: readonly ExaminedRunner[];
  readonly config: readonly Check[];
  readonly failures: readonly Diagnosis[];
}

const NOTHING: Report = { machine: [], toolchain: [], runners: [], config: [], failures: [] };

async function examine(
  file: string | undefined,
  project: string,
  stdin: NodeJS.ReadableStream,
): Promise<Report> {
  if (file === undefined) {
    const [machine, toolchain] = await Promise.all([lookAtMachine(engineHost), examineToolchain(project)]);
    const found = { ...NOTHING, machine, toolchain };
    if (!machine.some(isGoodEngine)) return found;
    try {
      return { ...found, runners: await examineRunners(project) };
    } catch (error) {
      const finding = `whether there are runners: ${error instanceof Error ? error.message : String(error)}`;
      return { ...found, machine: [...machine, { id: "runners", state: "unknown", finding }] };
    }
  }
  if (!file.endsWith(".toml")) return { ...NOTHING, failures: diagnose(await readInput(file, "log", stdin)) };
  const { checkRunnerConfig } = await import("../../doctor/runner/runner-config-checks.ts");
  const text = await readInput(file, "configuration", stdin);
  return { ...NOTHING, config: checkRunnerConfig(text, { uplinkMtu: uplinkMtu() }) };
}

function isGoodEngine({ id, state }: Check): boolean {
  return id === "engine" && state === "good";
}

/** What a project's stacks are made with. Nothing in a folder without a project. */
async function examineToolchain(project: string): Promise<readonly Check[]> {
  const [{ checkToolchain, toolchainUnknown }, { loadAirgap }, { findToolchain }, { nearestProject }] =
    await Promise.all([
      import("../../doctor/toolchain/toolchain-checks.ts"),
      import("../../setup/airgap.ts"),
      import("../../setup/toolchain.ts"),
      import("../workspace/project.ts"),
    ]);
  const projectFolder = nearestProject(resolve(project));
  if (projectFolder === undefined) return [];
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

/**
 * Most machines have no runner: what looking at one takes is loaded when there is an engine that may have
 * some.
 */
async function examineRunners(project: string): Promise<readonly ExaminedRunner[]> {
  const [{ lookAtRunners }, { runnerKeepers }, { declaredRunnerConfig }, { lookAtRunnerHost }] =
    await Promise.all([
      import("../../doctor/runner/look-at-runners.ts"),
      import("../workspace/runner-keepers.ts"),
      import("../workspace/declared-runner-config.ts"),
      import("../../gitlab/runner/runner-host.ts"),
    ]);
  const engine = engineHost();
  const progress = createProgress();
  try {
    return await progress.step("Runners and GitLab", () =>
      lookAtRunners(engine, {
        declaredConfig: declaredRunnerConfig(project, engine),
        host: async () => {
          const { networks, uplinkMtu } = await lookAtRunnerHost(engine);
          return { freeNetworks: networks.free, ...(uplinkMtu !== undefined && { uplinkMtu }) };
        },
        keepers: runnerKeepers(project),
      }),
    );
  } finally {
    progress.close();
  }
}

async function readInput(
  file: string,
  what: "log" | "configuration",
  stdin: NodeJS.ReadableStream,
): Promise<string> {
  const text = file === "-" ? await readStream(stdin) : await readInputFile(file, what);
  if (text.trim() === "")
    throw new ConfigurationError(`${file === "-" ? "the standard input" : file}: the ${what} is empty`);
  return text;
}

async function readStream(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  stream.setEncoding("utf8");
  for await (const part of stream) text += part;
  return text;
}

async function readInputFile(file: string, what: "log" | "configuration"): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const remedy =
      what === "log"
        ? "name a file with a job's log, or - for the standard input"
        : "name a config.toml of gitlab-runner";
    throw new ConfigurationError(`${file}: the ${what} cannot be read (${code}); ${remedy}`);
  }
}

function asData(report: Report): object {
  const failures = report.failures.map(({ failure: { id, cause, remedy, source }, line }) => ({
    ...{ id, line: line.number, text: line.text },
    ...{ cause, remedy, source },
  }));
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
  const paragraphs = [
    describeChecks([...machine, ...toolchain]),
    ...runners.map(
      ({ container, project, stack, checks }) =>
        `${colors.bold(container ?? "no container")}  ${colors.dim(`runner of ${project}/${stack}`)}\n${describeChecks(checks)}`,
    ),
  ];
  return paragraphs.join("\n");
}

function describeChecks(checks: readonly Check[]): string {
  const lines = checks.map(({ state, finding, remedy }) => {
    const row = `${SIGNS[state]} ${finding}`;
    return remedy === undefined ? row : `${row}\n  ${colors.dim(remedy)}`;
  });
  return `${lines.join("\n")}\n`;
}

function describeFailures(failures: readonly Diagnosis[]): string {
  if (failures.length === 0) return "no failure in this log that the doctor knows\n";
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
