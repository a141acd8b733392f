import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { isatty } from "node:tty";
import type { Environment } from "../../machine/environment.ts";
import { findProgram } from "../../machine/programs.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { Invocation } from "../invocation.ts";

/** @throws ConfigurationError for a command that this machine does not have */
export function requireProgram([command = ""]: readonly string[], environment: Environment): void {
  const exists = command.includes("/")
    ? existsSync(command)
    : findProgram(command, environment) !== undefined;
  if (!exists) throw new ConfigurationError(`${command}: no such command on PATH; correct the one after --`);
}

/**
 * Runs a command of this machine with the streams of this process, and passes interruptions on.
 * @param environment all of its variables
 * @param output the stream of this process that gets the command's standard output
 * @param lost ends the command, with its reason as the error
 * @returns its exit code; 128 and the number of the signal that ended it, as in a shell
 * @throws ConfigurationError for a command that cannot be started
 */
export async function runCommand(
  [command = "", ...words]: readonly string[],
  environment: Environment,
  lost: AbortSignal,
  { onInterruption }: Pick<Invocation, "onInterruption">,
  output: "stdout" | "stderr" = "stdout",
): Promise<number> {
  const stdio = ["inherit", output === "stdout" ? 1 : 2, "inherit"] as const;
  const child = spawn(command, words, { env: { ...environment }, stdio: [...stdio] });
  const ignore = onInterruption((signal) => {
    // A terminal sends Ctrl-C to the command as well.
    if (signal !== "SIGINT" || !isatty(0)) child.kill(signal);
  });
  const end = () => child.kill("SIGTERM");
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
    ignore();
    lost.removeEventListener("abort", end);
  }
}
