import { text } from "node:stream/consumers";
import { askDocker, callDocker } from "./api.ts";
import type { DockerHost } from "./host.ts";

export interface ContainerRun {
  /** 126 or 127 if the program cannot be run or does not exist. */
  readonly exitCode: number;
  /** Its stdout and stderr, without colours. */
  readonly output: string;
}

/**
 * Runs a program in a running container.
 * @throws DockerRefused if the container does not run; an AbortError by the signal, which does not end the
 * program
 */
export async function runInContainer(
  engine: DockerHost,
  container: string,
  command: readonly string[],
  signal: AbortSignal,
): Promise<ContainerRun> {
  // With a terminal the output is plain text; without one it comes in frames.
  const streams = { AttachStdout: true, AttachStderr: true, Tty: true };
  const creation = { method: "POST", body: { Cmd: command, ...streams }, signal } as const;
  const { Id } = await askDocker<{ readonly Id: string }>(engine, `/containers/${container}/exec`, creation);
  const start = { method: "POST", body: { Detach: false, Tty: true }, signal } as const;
  const output = await text(await callDocker(engine, { path: `/exec/${Id}/start`, ...start }));
  type Ended = { readonly ExitCode: number | null };
  const { ExitCode } = await askDocker<Ended>(engine, `/exec/${Id}/json`, { signal });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences
  const plain = output.replace(/\u001b\[[0-9;]*[A-Za-z]/g, "").replaceAll("\r\n", "\n");
  return { exitCode: ExitCode ?? 1, output: plain };
}
