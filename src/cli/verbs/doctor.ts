import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { Check } from "../../doctor/check.ts";
import { type Diagnosis, diagnose } from "../../doctor/diagnose.ts";
import { uplinkMtu } from "../../machine/uplink.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { Invocation } from "../../sandbox/invocation.ts";
import { colors } from "../../terminal/colors.ts";
import { answerText } from "../answers/answer-text.ts";
import type { DoctorAnswer } from "../answers/answers.ts";
import type { ExaminedMachine } from "../examine-machine.ts";
import { table } from "../tables/table.ts";

/** The options of `nestbox doctor`, which its help describes. */
export interface DoctorOptions {
  /** Read as gitlab-runner's configuration if the name ends in `.toml`, otherwise as a job's log. */
  readonly file?: string | undefined;
  readonly json?: boolean;
  /** The folder of the project that declares this machine's runner. */
  readonly project: string;
}

/**
 * `nestbox doctor`: reports the problems of this machine and its runners, of a job's log or of a config.toml,
 * each with its remedy. It changes nothing.
 *
 * It reads the standard input only for `-`: in a CI job that is the rest of the job's script.
 * @returns the exit code: 1 if there is a problem
 */
export async function doctor(
  { file, json = false, project }: DoctorOptions,
  invocation: Invocation,
): Promise<number> {
  const report = await examine(file, project, invocation);
  invocation.stdout.write(json ? answerText<DoctorAnswer>(asData(report)) : describe(report, file));
  const { machine, toolchain, runners, config, failures } = report;
  const checks = [...machine, ...toolchain, ...runners.flatMap((runner) => runner.checks), ...config];
  return failures.length > 0 || checks.some(({ state }) => state === "problem") ? 1 : 0;
}

/** The findings of the doctor. Parts that were not examined are empty. */
interface Report extends ExaminedMachine {
  readonly config: readonly Check[];
  readonly failures: readonly Diagnosis[];
}

async function examine(file: string | undefined, project: string, invocation: Invocation): Promise<Report> {
  const report: Report = { machine: [], toolchain: [], runners: [], config: [], failures: [] };
  // Imported here: each examination needs none of the others.
  if (file === undefined) {
    const { examineMachine } = await import("../examine-machine.ts");
    return { ...report, ...(await examineMachine(project, invocation)) };
  }
  if (!file.endsWith(".toml"))
    return { ...report, failures: diagnose(await readInput(file, "log", invocation)) };
  const { checkRunnerConfig } = await import("../../doctor/runner/runner-config-checks.ts");
  const content = await readInput(file, "configuration", invocation);
  return { ...report, config: checkRunnerConfig(content, uplinkMtu()) };
}

const REMEDIES = {
  log: "name a file with a job's log, or - for the standard input",
  configuration: "name a config.toml of gitlab-runner",
} as const;

async function readInput(file: string, what: keyof typeof REMEDIES, { stdin }: Invocation): Promise<string> {
  const input = file === "-" ? text(stdin) : readFile(file, "utf8");
  const content = await input.catch(({ code }: NodeJS.ErrnoException) => {
    throw new ConfigurationError(`${file}: the ${what} cannot be read (${code}); ${REMEDIES[what]}`);
  });
  if (content.trim() !== "") return content;
  const source = file === "-" ? "the standard input" : file;
  throw new ConfigurationError(`${source}: the ${what} is empty; ${REMEDIES[what]}`);
}

function asData(report: Report): Omit<DoctorAnswer, "schema"> {
  const failures = report.failures.map(({ failure: { id, ...advice }, line }) => {
    const { cause, remedy, source } = advice;
    return { id, line: line.number, text: line.text, cause, remedy, source };
  });
  return { ...report, failures };
}

function describe(report: Report, file: string | undefined): string {
  if (file === undefined) return describeHost(report);
  return file.endsWith(".toml") ? describeChecks(report.config) : describeFailures(report.failures);
}

function signOf(state: Check["state"]): string {
  const signs = {
    good: colors.green("✓"),
    warning: colors.yellow("!"),
    problem: colors.red("✗"),
    unknown: colors.dim("?"),
  };
  return signs[state];
}

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
      `${signOf(state)} ${finding}\n`,
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
