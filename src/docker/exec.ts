import type { Duplex, Writable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import type { ExecStreams, Terminal } from "../sandbox/running-sandbox.ts";
import { askDocker, commandDocker, DockerRefused, upgradeDocker } from "./api.ts";
import { outputFrames, plainFrames } from "./container-output.ts";
import type { DockerHost } from "./host.ts";

/** The image of a container has no such program, or it cannot be run. */
export class ProgramRefused extends Error {
  override readonly name = "ProgramRefused";
}

/** Milliseconds between two looks at a program that has closed its output and still runs. */
const INTERVAL = 50;

/**
 * Runs a program in a running container, connected to streams.
 * @returns its exit code
 * @throws ProgramRefused; DockerRefused if the container does not run; the signal's reason, while the program
 * may go on
 */
export async function execInContainer(
  engine: DockerHost,
  container: string,
  command: readonly string[],
  streams: ExecStreams,
): Promise<number> {
  const { stdin, terminal, signal } = streams;
  signal.throwIfAborted();
  const Tty = terminal !== undefined;
  const size = terminal && { ConsoleSize: [terminal.rows, terminal.columns] };
  const attached = { AttachStdin: stdin !== undefined, AttachStdout: true, AttachStderr: true };
  const creation = { method: "POST", body: { ...attached, Tty, Cmd: command, ...size }, signal } as const;
  const { Id: id } = await askDocker<{ readonly Id: string }>(
    engine,
    `/containers/${container}/exec`,
    creation,
  );
  const start = { path: `/exec/${id}/start`, body: { Detach: false, Tty, ...size }, signal };
  const connection = await upgradeDocker(engine, { method: "POST", ...start }).catch(refusedProgram);
  const cut = () => connection.destroy();
  signal.addEventListener("abort", cut, { once: true });
  const unfollow = terminal && followSize(engine, id, terminal);
  try {
    if (stdin === undefined) connection.end();
    else stdin.pipe(connection);
    const refusal = await copyOutput(connection, streams);
    signal.throwIfAborted();
    const exitCode = await exitCodeOf(engine, id, signal);
    if (refusal.length > 0 && (exitCode === 126 || exitCode === 127))
      throw new ProgramRefused(refusal.toString().trim());
    await write(streams.stdout, refusal);
    return exitCode;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", cut);
    unfollow?.();
    stdin?.unpipe(connection);
    stdin?.pause();
    connection.destroy();
  }
}

/** Docker begins an answer before it starts the program; other engines refuse the request. */
function refusedProgram(error: unknown): never {
  if (error instanceof DockerRefused && /OCI runtime|executable file|no such file/i.test(error.message))
    throw new ProgramRefused(error.message);
  throw error;
}

/** What Docker writes to the program's output instead of starting it. */
const REFUSAL = "OCI runtime exec failed: ";

/**
 * Copies the output of a program to its end.
 * @returns what was held back: all of an output that may be a refusal of Docker's
 */
async function copyOutput(
  connection: Duplex,
  { stdout, stderr, terminal }: Pick<ExecStreams, "stdout" | "stderr" | "terminal">,
): Promise<Buffer> {
  let held: Buffer | undefined = Buffer.alloc(0);
  try {
    for await (const { isError, data } of terminal ? plainFrames(connection) : outputFrames(connection)) {
      if (held !== undefined && !isError) {
        held = Buffer.concat([held, data]);
        if (mayBeRefusal(held.toString())) continue;
        await write(stdout, held);
      } else await write(isError ? stderr : stdout, data);
      held = undefined;
    }
  } catch (error) {
    // A program that ends without reading its input; or an engine that is gone, as the next request shows.
    if (!/^(ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE)$/.test((error as NodeJS.ErrnoException).code ?? ""))
      throw error;
  }
  return held ?? Buffer.alloc(0);
}

function mayBeRefusal(output: string): boolean {
  return REFUSAL.startsWith(output) || (output.startsWith(REFUSAL) && !output.trimEnd().includes("\n"));
}

/** Resolves once the stream has taken the data, or never will. */
function write(stream: Writable, data: Buffer): Promise<void> {
  return new Promise((resolve) => stream.write(data, () => resolve()));
}

/** Keeps the size of a program's terminal that of the user's. Returns a function that ends that. */
function followSize(engine: DockerHost, id: string, terminal: Terminal): () => void {
  return terminal.onResize(() => {
    const { rows, columns } = terminal;
    const path = `/exec/${id}/resize?h=${rows}&w=${columns}`;
    // The program may have ended.
    commandDocker(engine, { method: "POST", path }).catch(() => {});
  });
}

async function exitCodeOf(engine: DockerHost, id: string, signal: AbortSignal): Promise<number> {
  type Inspected = { readonly Running: boolean; readonly ExitCode: number | null };
  for (;;) {
    const { Running, ExitCode } = await askDocker<Inspected>(engine, `/exec/${id}/json`, { signal });
    if (!Running) return ExitCode ?? 1;
    await pause(INTERVAL, undefined, { signal });
  }
}
