import { callDocker, DockerRefused, readText } from "./api.ts";
import type { StartedContainer } from "./started-container.ts";

/**
 * An empty file in a container that logged its ready line. The line may be rotated away since; the file lasts
 * as long as the container.
 */
const MARK = "/.nestbox-ready";

/** Whether a container was found ready before. */
export async function hasReadyMark({ engine, container }: StartedContainer): Promise<boolean> {
  try {
    const path = `/containers/${container}/archive?path=${MARK}`;
    await readText(await callDocker(engine, { method: "HEAD", path }));
    return true;
  } catch (error) {
    if (error instanceof DockerRefused && error.status === 404) return false;
    throw error;
  }
}

/** Records that a container was found ready. */
export async function setReadyMark({ engine, container }: StartedContainer): Promise<void> {
  // Imported here: most commands only read the mark.
  const { pack } = await import("tar-stream");
  const archive = pack();
  archive.entry({ name: MARK.slice(1), mode: 0o444 }, "");
  archive.finalize();
  await readText(
    await callDocker(engine, {
      method: "PUT",
      path: `/containers/${container}/archive?path=/`,
      body: archive,
      headers: { "content-type": "application/x-tar" },
    }),
  );
}
