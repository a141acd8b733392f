import { lineCutter } from "../machine/lines.ts";
import type { LogLine, LogSelection } from "../sandbox/running-sandbox.ts";
import { callDocker, unlessMissing } from "./api.ts";
import { outputFrames, plainFrames } from "./container-output.ts";
import { engineTime } from "./engine-clock.ts";
import type { DockerHost } from "./host.ts";
import { inspect } from "./started-container.ts";

/**
 * The lines that a container has written, running or not, and those that it writes.
 * @throws the signal's reason; the connection's error if the engine goes while the container runs
 */
export async function* readContainerLog(
  engine: DockerHost,
  container: string,
  { follow = false, within, last, signal }: LogSelection,
): AsyncGenerator<LogLine> {
  signal.throwIfAborted();
  const { Config } = await inspect({ engine, container });
  const query = new URLSearchParams({ stdout: "1", stderr: "1", follow: String(follow) });
  if (within !== undefined) query.set("since", (((await engineTime(engine)) - within) / 1000).toFixed(3));
  if (last !== undefined) query.set("tail", String(last));
  const path = `/containers/${container}/logs?${query}`;
  const answer = await callDocker(engine, { method: "GET", path, signal });
  const cutters = { stdout: lineCutter(), stderr: lineCutter() };
  const lines = (stream: LogLine["stream"], texts: readonly string[]) =>
    texts.map((text) => ({ stream, text }));
  try {
    for await (const { isError, data } of Config.Tty ? plainFrames(answer) : outputFrames(answer)) {
      const stream = isError ? "stderr" : "stdout";
      yield* lines(stream, cutters[stream].add(data));
    }
    yield* lines("stdout", cutters.stdout.end());
    yield* lines("stderr", cutters.stderr.end());
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    answer.destroy();
  }
  // An engine that goes may end its answer as if the container had ended.
  if (follow) await unlessMissing(inspect({ engine, container }));
}
