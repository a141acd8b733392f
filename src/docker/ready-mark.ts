import { commandDocker, existing } from "./api.ts";
import { putArchive } from "./container-file.ts";
import type { StartedContainer } from "./started-container.ts";

/**
 * An empty file in a container that logged its ready line. The line may be rotated away since; the file lasts
 * as long as the container.
 */
const MARK = "/.nestbox-ready";

/** Whether a container was found ready before. */
export function hasReadyMark({ engine, container }: StartedContainer): Promise<boolean> {
  const path = `/containers/${container}/archive?path=${MARK}`;
  return existing(commandDocker(engine, { method: "HEAD", path }));
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
