import { readFile } from "node:fs/promises";
import type { Check } from "../doctor/check.ts";
import { type Diagnosis, diagnose } from "../doctor/diagnose.ts";
import { lookAtMachine } from "../doctor/look-at-machine.ts";
import type { ExaminedRunner } from "../doctor/look-at-runners.ts";
import { engineHost } from "../engine/client.ts";
import { ConfigurationError } from "../sandboxes/model/problem.ts";
import { colors } from "../terminal/colors.ts";
import { createProgress } from "../terminal/progress.ts";
import { table } from "./table.ts";

/** What `nestbox doctor` is asked for. */
export interface DoctorOptions {
  /** The file with a job's log, or `-` for the standard input. @default none: the machine is looked at */
  readonly log?: string | undefined;
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
 * `nestbox doctor`: what a job's log shows, or what is wrong with this machine and its runners, and what to do. It changes nothing. Without a network it says that GitLab does
 * not answer, where there is a runner.
 *
 * The standard input is read only when asked for: in a CI job it is the rest of the job's own script.
 * @returns 1 when something is wrong
 */
export async function doctor(
  { log, json = false, project = process.cwd() }: DoctorOptions,
  streams: Streams,
): Promise<number> {
  const machine = log === undefined ? await lookAtMachine(engineHost) : [];
  const runners = machine.some(isGoodEngine) ? await examineRunners(project) : [];
  const failures = log === undefined ? [] : diagnose(await readLog(log, streams.stdin));
  const report = { machine, runners, failures: failures.map(asData) };
  if (json) streams.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else streams.stdout.write(log === undefined ? describeHost(machine, runners) : describeFailures(failures));
  const checks = [...machine, ...runners.flatMap((runner) => runner.checks)];
  return failures.length > 0 || checks.some(({ state }) => state === "problem") ? 1 : 0;
}

function isGoodEngine({ id, state }: Check): boolean {
  return id === "engine" && state === "good";
}

/** Most machines have no runner: what looking at one takes is loaded when there is an engine that may have some. */
async function examineRunners(project: string): Promise<readonly ExaminedRunner[]> {
  const [{ lookAtRunners }, { declaredRunnerConfig }] = await Promise.all([
    import("../doctor/look-at-runners.ts"),
    import("./declared-runner-config.ts"),
  ]);
  const engine = engineHost();
  const progress = createProgress();
  try {
    return await progress.step("Runners and GitLab", () =>
      lookAtRunners(engine, { declaredConfig: declaredRunnerConfig(project, engine) }),
    );
  } finally {
    progress.close();
  }
}

async function readLog(log: string, stdin: NodeJS.ReadableStream): Promise<string> {
  const text = log === "-" ? await readStream(stdin) : await readLogFile(log);
  if (text.trim() === "")
    throw new ConfigurationError(`${log === "-" ? "the standard input" : log}: the log is empty`);
  return text;
}

async function readStream(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  stream.setEncoding("utf8");
  for await (const part of stream) text += part;
  return text;
}

async function readLogFile(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigurationError(
      `${file}: the log cannot be read (${code}); name a file with a job's log, or - for the standard input`,
    );
  }
}

function asData({ failure, line }: Diagnosis): Readonly<Record<string, string | number>> {
  const { id, cause, remedy, source } = failure;
  return { id, line: line.number, text: line.text, cause, remedy, source };
}

const SIGNS: Readonly<Record<Check["state"], string>> = {
  good: colors.green("✓"),
  warning: colors.yellow("!"),
  problem: colors.red("✗"),
  unknown: colors.dim("?"),
};

function describeHost(machine: readonly Check[], runners: readonly ExaminedRunner[]): string {
  const paragraphs = [
    describeChecks(machine),
    ...runners.map(
      ({ container, project, stack, checks }) =>
        `${colors.bold(container)}  ${colors.dim(`runner of ${project}/${stack}`)}\n${describeChecks(checks)}`,
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
