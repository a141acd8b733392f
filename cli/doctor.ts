import { readFile } from "node:fs/promises";
import { type Diagnosis, diagnose } from "../doctor/diagnose.ts";
import { lookAtMachine } from "../doctor/look-at-machine.ts";
import type { Check } from "../doctor/machine-checks.ts";
import { engineHost } from "../engine/client.ts";
import { ConfigurationError } from "../sandboxes/model/problem.ts";
import { colors } from "../terminal/colors.ts";
import { table } from "./table.ts";

/** What `nestbox doctor` is asked for. */
export interface DoctorOptions {
  /** The file with a job's log, or `-` for the standard input. @default none: the machine is looked at */
  readonly log?: string | undefined;
  /** Print what was found as JSON. @default false */
  readonly json?: boolean;
}

/** The streams of a command. */
export interface Streams {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
}

/**
 * `nestbox doctor`: what a job's log shows, or what is wrong with this machine, and what to do. It needs no network and changes nothing.
 *
 * The standard input is read only when asked for: in a CI job it is the rest of the job's own script.
 * @returns 1 when something is wrong
 */
export async function doctor({ log, json = false }: DoctorOptions, streams: Streams): Promise<number> {
  const machine = log === undefined ? await lookAtMachine(engineHost) : [];
  const failures = log === undefined ? [] : diagnose(await readLog(log, streams.stdin));
  if (json) streams.stdout.write(`${JSON.stringify({ machine, failures: failures.map(asData) }, null, 2)}\n`);
  else streams.stdout.write(log === undefined ? describeMachine(machine) : describeFailures(failures));
  return failures.length > 0 || machine.some(({ state }) => state === "problem") ? 1 : 0;
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

function describeMachine(checks: readonly Check[]): string {
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
