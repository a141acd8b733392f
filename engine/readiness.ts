import type Docker from "dockerode";
import { type Duration, milliseconds } from "../sandboxes/model/duration.ts";
import { ConfigurationError } from "../sandboxes/model/problem.ts";

/** A service that did not get ready, with the last lines of its output. */
export class NotReadyError extends ConfigurationError {
  override readonly name = "NotReadyError";
}

/** How many of the last lines of a container's output an error shows. */
const LAST_LINES = 20;

/**
 * Waits until a line of the container's output matches.
 * @throws NotReadyError when the container ends or the time is over before that
 */
export async function waitForLogLine(
  docker: Docker,
  {
    container,
    name,
    pattern,
    within,
  }: { container: string; name: string; pattern: string; within: Duration },
): Promise<void> {
  const expression = new RegExp(pattern);
  const handle = docker.getContainer(container);
  const stream = await handle.logs({ follow: true, stdout: true, stderr: true });
  const timer = setTimeout(() => (stream as unknown as { destroy(): void }).destroy(), milliseconds(within));
  try {
    const { Config } = await handle.inspect();
    for await (const line of linesOf(stream as unknown as AsyncIterable<Buffer>, Config.Tty)) {
      if (expression.test(line)) return;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  } finally {
    clearTimeout(timer);
    (stream as unknown as { destroy(): void }).destroy();
  }
  const { State } = await handle.inspect();
  const reason = State.Running
    ? `no line matched /${pattern}/ within ${within}`
    : `it ended with exit code ${State.ExitCode}`;
  throw new NotReadyError(
    `${name} did not get ready: ${reason}. Its last output:\n${await lastOutput(docker, container)}`,
  );
}

/** The last lines of a container's output, each indented; a word when there are none. */
export async function lastOutput(docker: Docker, container: string): Promise<string> {
  const handle = docker.getContainer(container);
  const { Config } = await handle.inspect();
  const output = await handle.logs({ stdout: true, stderr: true, tail: LAST_LINES });
  const lines: string[] = [];
  for await (const line of linesOf(chunks(output), Config.Tty)) lines.push(`  ${line}`);
  return lines.length === 0 ? "  (none)" : lines.join("\n");
}

async function* chunks(buffer: Buffer): AsyncIterable<Buffer> {
  yield buffer;
}

/** The lines of a container's output. Without a terminal Docker sends frames of an eight-byte header and a payload: https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Container/operation/ContainerAttach */
async function* linesOf(stream: AsyncIterable<Buffer>, terminal: boolean): AsyncIterable<string> {
  let pending = Buffer.alloc(0);
  let text = "";
  for await (const chunk of stream) {
    if (terminal) text += chunk.toString("utf8");
    else {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 8 && pending.length >= 8 + pending.readUInt32BE(4)) {
        const end = 8 + pending.readUInt32BE(4);
        text += pending.subarray(8, end).toString("utf8");
        pending = pending.subarray(end);
      }
    }
    const lines = text.split(/\r?\n/);
    text = lines.pop() ?? "";
    yield* lines;
  }
  if (text !== "") yield text;
}
