import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";

export interface ChildRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly folder?: string;
  /** The whole environment of the child; by default this process's. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Ends the child and everything that it started. */
  readonly signal?: AbortSignal | undefined;
  /** A file that receives all that the child writes; it is named in the error. */
  readonly log?: string;
  /** Called for each line that the child writes, wherever it writes it. */
  readonly onLine?: (line: string) => void;
}

/** A program that the set-up started did not succeed. */
export class ChildFailed extends Error {
  override readonly name = "ChildFailed";
  /** The last lines that the program wrote. */
  readonly lastLines: readonly string[];

  constructor(command: string, ending: string, lastLines: readonly string[], log: string | undefined) {
    const output = lastLines.map((line) => `\n    ${line}`).join("");
    super(`${command} ${ending}.${output}${log === undefined ? "" : `\n  All of its output: ${log}`}`);
    this.lastLines = lastLines;
  }
}

/** How many of the last lines an error repeats. */
const LAST_LINES = 12;
/** Milliseconds that an unwanted child has for its own tidying up before it is killed. */
const GRACE = 5000;

/**
 * Runs a program to its end and returns what it wrote to stdout. It gets a process group of its own, so that
 * Ctrl-C in the terminal does not reach it before us, and so that nothing that it started survives an abort.
 *
 * @throws ChildFailed if it cannot be started or ends with anything but 0; the signal's reason if that
 * aborted it.
 */
export async function runChild(request: ChildRequest): Promise<string> {
  const { command, args, signal, onLine } = request;
  signal?.throwIfAborted();
  if (request.log !== undefined) mkdirSync(dirname(request.log), { recursive: true });
  const log = request.log === undefined ? undefined : createWriteStream(request.log);
  // A full disk shall fail the work itself, with a better word.
  log?.on("error", () => {});
  log?.write(`$ ${[command, ...args].join(" ")}\n`);
  const child = spawn(command, args, {
    cwd: request.folder,
    env: request.environment ?? process.env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });

  const lastLines: string[] = [];
  let output = "";
  child.stdout.on("data", (data: Buffer) => {
    output += data.toString();
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
    await endOfLog(log);
  }
}

/** A reader of the error finds the log whole. */
async function endOfLog(log: WriteStream | undefined): Promise<void> {
  if (log !== undefined) await new Promise<void>((resolve) => log.end(() => resolve()));
}

function endOf(child: ReturnType<typeof spawn>): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code === "ENOENT" ? "is not installed" : `could not be started: ${error.message}`),
    );
    child.once("close", (code, signal) => {
      if (code === 0) resolve(undefined);
      else resolve(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`);
    });
  });
}

function killGroup(leader: number | undefined, signal: NodeJS.Signals): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, signal);
  } catch {
    // It has ended already.
  }
}
