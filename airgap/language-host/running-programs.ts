import { type ChildProcess, spawn } from "node:child_process";

/** How long a program may take to end after it was asked to, in milliseconds. */
const patience = 5_000;

/** How a child process ended: its exit code, or the signal that ended it. */
export type ProcessEnd = { readonly code: number } | { readonly signal: string };

/** The child processes of a language host, so that none outlives it. */
export interface RunningPrograms {
  /**
   * Starts `command` with `commandLine`. Its output goes where this process's own goes (the engine reads
   * that), or to `output` when given.
   */
  start(
    command: string,
    commandLine: readonly string[],
    options: {
      readonly folder: string;
      readonly environment: Readonly<Record<string, string>>;
      readonly output?: (stream: "stdout" | "stderr", bytes: Uint8Array) => void;
    },
  ): { readonly ended: Promise<ProcessEnd>; stop(): void };
  /** Asks every program to end, and ends those that do not within five seconds. */
  stopAll(): void;
}

export function runningPrograms(): RunningPrograms {
  const running = new Set<ChildProcess>();
  return {
    start(command, commandLine, { folder, environment, output }) {
      const child = spawn(command, commandLine, {
        cwd: folder,
        env: { ...process.env, ...environment },
        stdio: output === undefined ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
      });
      running.add(child);
      child.stdout?.on("data", (bytes: Uint8Array) => output?.("stdout", bytes));
      child.stderr?.on("data", (bytes: Uint8Array) => output?.("stderr", bytes));
      const ended = new Promise<ProcessEnd>((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (code, signal) =>
          resolve(code === null ? { signal: signal ?? "SIGKILL" } : { code }),
        );
      }).finally(() => running.delete(child));
      return { ended, stop: () => stop(child) };
    },
    stopAll() {
      for (const child of running) stop(child);
    },
  };
}

function stop(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const impatience = setTimeout(() => child.kill("SIGKILL"), patience);
  child.once("exit", () => clearTimeout(impatience));
}
