import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { isatty } from "node:tty";
import { findProgram } from "../../machine/programs.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { INTERRUPTIONS } from "../../setup/interruption.ts";

/** @throws ConfigurationError for a command that this machine does not have */
export function requireProgram([command = ""]: readonly string[]): void {
  const exists = command.includes("/") ? existsSync(command) : findProgram(command) !== undefined;
  if (!exists) throw new ConfigurationError(`${command}: no such command on PATH; correct the one after --`);
}

/**
 * Runs a command of this machine with the streams of this process, and passes signals on.
 * @param variables beside those of this process
 * @param lost ends the command, with its reason as the error
 * @returns its exit code; 128 and the number of the signal that ended it, as in a shell
 * @throws ConfigurationError for a command that cannot be started
 */
export async function runCommand(
  [command = "", ...words]: readonly string[],
  variables: Readonly<Record<string, string>>,
  lost: AbortSignal,
): Promise<number> {
  const child = spawn(command, words, { env: { ...process.env, ...variables }, stdio: "inherit" });
  const passOn = (signal: NodeJS.Signals) => {
    // A terminal sends Ctrl-C to the command as well.
    if (signal !== "SIGINT" || !isatty(0)) child.kill(signal);
  };
  const end = () => child.kill("SIGTERM");
  for (const signal of INTERRUPTIONS) process.on(signal, passOn);
  lost.addEventListener("abort", end, { once: true });
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once("error", ({ message }) =>
        reject(new ConfigurationError(`${command}: ${message}; correct the command after --`)),
      );
      child.once("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? "SIGKILL"]));
    });
    lost.throwIfAborted();
    return exitCode;
  } finally {
    for (const signal of INTERRUPTIONS) process.off(signal, passOn);
    lost.removeEventListener("abort", end);
  }
}
