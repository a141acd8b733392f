import { type ChildProcess, spawn } from "node:child_process";

/** Milliseconds from SIGTERM to SIGKILL. */
const STOP_LIMIT = 5_000;

/** The exit code of a child process, or the signal that ended it. */
export type ProcessEnd = { readonly code: number } | { readonly signal: string };

/** The child processes of a language host, which end with it. */
export interface RunningPrograms {
  /** Starts a program. `output` receives its output; by default it goes to this process's own. */
  start(
    command: string,
    commandLine: readonly string[],
    options: {
      readonly folder: string;
      readonly environment: Readonly<Record<string, string>>;
      readonly output?: (stream: "stdout" | "stderr", bytes: Uint8Array) => void;
    },
  ): { readonly ended: Promise<ProcessEnd>; stop(): void };
  /** Ends all programs: with SIGTERM, after five seconds with SIGKILL. */
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
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT);
  child.once("exit", () => clearTimeout(timer));
}
