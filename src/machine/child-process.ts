import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import type { Environment } from "./environment.ts";

export interface ChildRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly folder?: string;
  /** What the child reads from stdin. @default nothing */
  readonly input?: string;
  /** The complete environment of the child. */
  readonly environment: Environment;
  /** Ends the child and all its descendants. */
  readonly signal?: AbortSignal | undefined;
  /** A file for the output of the child. Errors name it. @default none */
  readonly log?: string;
  /** Called for each line on stdout and stderr. */
  readonly onLine?: (line: string) => void;
}

export class ChildFailed extends Error {
  override readonly name = "ChildFailed";
  /** The last lines of its output. */
  readonly lastLines: readonly string[];
  /** Undefined if it was not started, or ended by a signal. */
  readonly exitCode: number | undefined;

  constructor(command: string, ending: Ending, lastLines: readonly string[], log: string | undefined) {
    const output = lastLines.map((line) => `\n    ${line}`).join("");
    super(`${command} ${ending.text}.${output}${log === undefined ? "" : `\n  All of its output: ${log}`}`);
    this.lastLines = lastLines;
    this.exitCode = ending.exitCode;
  }
}

interface Ending {
  readonly text: string;
  readonly exitCode?: number;
}

const LAST_LINES = 12;
/** The time between SIGTERM and SIGKILL for an aborted child, in milliseconds. */
const GRACE = 5000;

/**
 * Runs a program to its end and returns its stdout. The program gets its own process group: Ctrl-C in the
 * terminal reaches only this process, and an abort ends all descendants.
 *
 * @throws ChildFailed if the program cannot be started or exits with another code than 0; the signal's reason
 * after an abort.
 */
export async function runChild(request: ChildRequest): Promise<string> {
  const { command, args, environment, signal, onLine } = request;
  signal?.throwIfAborted();
  if (request.log !== undefined) mkdirSync(dirname(request.log), { recursive: true });
  const log = request.log === undefined ? undefined : createWriteStream(request.log);
  // On a full disk the program itself fails, with a better message.
  log?.on("error", () => {});
  log?.write(`$ ${[command, ...args].join(" ")}\n`);
  const child = spawn(command, args, {
    cwd: request.folder,
    env: environment,
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  // A child may end without reading it.
  child.stdin.on("error", () => {}).end(request.input);

  const lastLines: string[] = [];
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (log !== undefined) stream.pipe(log, { end: false });
    createInterface({ input: stream }).on("line", (line) => {
      if (line.trim() === "") return;
      lastLines.push(line);
      if (lastLines.length > LAST_LINES) lastLines.shift();
      onLine?.(line);
    });
  }

  const endGroup = (): void => {
    killGroup(child.pid, "SIGTERM");
    setTimeout(() => killGroup(child.pid, "SIGKILL"), GRACE).unref();
  };
  signal?.addEventListener("abort", endGroup, { once: true });
  try {
    const ending = await endOf(child);
    signal?.throwIfAborted();
    if (ending !== undefined) throw new ChildFailed(command, ending, lastLines, request.log);
    return output;
  } finally {
    signal?.removeEventListener("abort", endGroup);
    // The log is complete before an error names it.
    if (log !== undefined) await new Promise<void>((resolve) => log.end(() => resolve()));
  }
}

function endOf(child: ReturnType<typeof spawn>): Promise<Ending | undefined> {
  return new Promise((resolve) => {
    child.once("error", ({ code, message }: NodeJS.ErrnoException) =>
      resolve({ text: code === "ENOENT" ? "is not installed" : `could not be started: ${message}` }),
    );
    child.once("close", (code, signal) => {
      if (code === 0) resolve(undefined);
      else if (code === null) resolve({ text: `was ended by ${signal}` });
      else resolve({ text: `ended with exit code ${code}`, exitCode: code });
    });
  });
}

function killGroup(leader: number | undefined, signal: NodeJS.Signals): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, signal);
  } catch {
    // The group has exited.
  }
}
