import { callDocker, readText } from "./api.ts";
import type { DockerHost } from "./host.ts";

/** The result of a program in a container. */
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
  const post = (path: string, body: object) => callDocker(engine, { method: "POST", path, body, signal });
  // With a terminal the output is plain text; without one it comes in frames.
  const streams = { AttachStdout: true, AttachStderr: true, Tty: true };
  const made = await readText(await post(`/containers/${container}/exec`, { Cmd: command, ...streams }));
  const { Id: id } = JSON.parse(made) as { readonly Id: string };
  const output = await readText(await post(`/exec/${id}/start`, { Detach: false, Tty: true }));
  const ended = await readText(await callDocker(engine, { method: "GET", path: `/exec/${id}/json`, signal }));
  const { ExitCode: exitCode } = JSON.parse(ended) as { readonly ExitCode: number | null };
  return { exitCode: exitCode ?? 1, output: plain(output) };
}

function plain(output: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences
  return output.replace(/\u001b\[[0-9;]*[A-Za-z]/g, "").replaceAll("\r\n", "\n");
}
