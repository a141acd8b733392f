import { commandDocker, DockerRefused, existing, unlessMissing } from "./api.ts";
import { putArchive } from "./container-file.ts";
import { inspect, type StartedContainer } from "./started-container.ts";

/**
 * An empty file in a container that logged its ready line. The line may be rotated away since; the file lasts
 * as long as the container.
 */
const MARK = "/.nestbox-ready";

/** Whether a container was found ready before. */
export async function hasReadyMark(started: StartedContainer): Promise<boolean> {
  const path = `/containers/${started.container}/archive?path=${MARK}`;
  try {
    return await existing(commandDocker(started.engine, { method: "HEAD", path }));
  } catch (error) {
    // While the engine removes a container, it answers 500 for the container's files.
    if (error instanceof DockerRefused && !(await isRunning(started))) return false;
    throw error;
  }
}

async function isRunning(started: StartedContainer): Promise<boolean> {
  return (await unlessMissing(inspect(started)))?.State.Running ?? false;
}

/** Records that a container was found ready. */
export async function setReadyMark({ engine, container }: StartedContainer): Promise<void> {
  // Imported here: most commands only read the mark.
  const { pack } = await import("tar-stream");
  const archive = pack();
  archive.entry({ name: MARK.slice(1), mode: 0o444 }, "");
  archive.finalize();
  await putArchive(engine, container, "/", archive);
}
