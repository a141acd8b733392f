import type Docker from "dockerode";
import { textStream } from "../machine/text-stream.ts";
import { execInContainer, ProgramRefused } from "./exec.ts";
import type { StartedContainer } from "./started-container.ts";

/** How a probe ended, as the engine reports it of its own ones. */
export interface ProbeEnd {
  readonly ExitCode: number;
  readonly Output: string;
}

/** Docker's own default, in nanoseconds. */
const DEFAULT_TIMEOUT = 30e9;

/** The exit code of a program that could not be run. */
const NOT_FOUND = 127;

/** The command of a healthcheck; undefined for a container without one. */
export function probeCommand({ Test }: Docker.HealthConfig): readonly string[] | undefined {
  const [kind, ...words] = Test ?? [];
  if (kind === "CMD") return words;
  if (kind === "CMD-SHELL") return ["/bin/sh", "-c", ...words];
  return undefined;
}

/**
 * Runs a healthcheck once, as the engine would. A program that exceeds its time goes on: the API ends none.
 * @throws DockerRefused if the container does not run; the signal's reason
 */
export async function runProbe(
  { engine, container }: StartedContainer,
  command: readonly string[],
  { Timeout }: Docker.HealthConfig,
  signal: AbortSignal,
): Promise<ProbeEnd> {
  let output = "";
  const stdout = textStream((text) => {
    output += text;
  });
  const milliseconds = (Timeout || DEFAULT_TIMEOUT) / 1e6;
  const timeout = AbortSignal.timeout(milliseconds);
  const streams = { stdout, stderr: stdout, signal: AbortSignal.any([signal, timeout]) };
  try {
    const exitCode = await execInContainer(engine, container, command, streams);
    return { ExitCode: exitCode, Output: output };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ProgramRefused) return { ExitCode: NOT_FOUND, Output: error.message };
    if (timeout.aborted) return { ExitCode: -1, Output: `not ended within ${milliseconds / 1000}s` };
    throw error;
  }
}
