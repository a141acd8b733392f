import type Docker from "dockerode";
import { LABEL } from "../../model/labels.ts";
import { isBuildName } from "../../model/plan/build-name.ts";
import { askDocker, DockerRefused } from "../api.ts";
import { inspectImage, removeImageName } from "../engine-images.ts";
import type { DockerHost } from "../host.ts";
import { filterQuery, listContainers } from "../listing.ts";

/** How long a built image stays after its last use, in milliseconds: a week. */
const KEPT_FOR = 7 * 24 * 3_600_000;

/**
 * The names of images that were built, that no container has, and that nothing has used for a week.
 * @param now the engine's time, in milliseconds since 1970
 */
export async function unusedBuiltImages(engine: DockerHost, now: number): Promise<readonly string[]> {
  const filters = filterQuery({ label: [LABEL.build] });
  const [images, containers] = await Promise.all([
    askDocker<readonly Docker.ImageInfo[]>(engine, `/images/json?${filters}`),
    listContainers(engine, {}),
  ]);
  const used = new Set(containers.map(({ ImageID }) => ImageID));
  const names = images.flatMap(({ Id, RepoTags }) => (used.has(Id) ? [] : (RepoTags ?? [])));
  const own = names.filter(isBuildName);
  const found = await Promise.all(own.map((name) => inspectImage(engine, name)));
  return own.filter((_, index) => (found[index]?.named ?? now) < now - KEPT_FOR);
}

/** Removes names of images, except of those that a container has got meanwhile. Returns the removed ones. */
export async function removeBuiltImages(
  engine: DockerHost,
  names: readonly string[],
): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const name of names) {
    try {
      await removeImageName(engine, name);
      removed.push(name);
    } catch (error) {
      if (!(error instanceof DockerRefused) || ![404, 409].includes(error.status)) throw error;
    }
  }
  return removed;
}
