import { readFileSync, realpathSync } from "node:fs";
import { posix } from "node:path";
import { pathInProject } from "../machine/path-in-project.ts";
import { LABEL } from "../model/labels.ts";
import { base36Digest } from "../model/names.ts";
import type { PlannedCache, PlannedJob } from "../model/plan/plan.ts";
import { DockerRefused } from "./api.ts";
import { createEmptyVolume, removeVolume } from "./empty-volume.ts";
import type { DockerHost } from "./host.ts";
import { listVolumes } from "./listing.ts";
import type { CacheMount } from "./lowering/lower-job.ts";

/** How long caches stay after their creation, in milliseconds: a week. Engines do not record their use. */
const KEPT_FOR = 7 * 24 * 3_600_000;

/** The volumes of a job's cache, which are created where they are missing. They outlive each sandbox. */
export async function provideCaches(
  engine: DockerHost,
  projectFolder: string,
  { cache, workingFolder }: Pick<PlannedJob, "cache" | "workingFolder">,
): Promise<readonly CacheMount[]> {
  if (cache === undefined) return [];
  const owner = cacheOwner(projectFolder);
  const contents = keyContents(projectFolder, cache);
  const mounts = cache.paths.map((path) => ({
    volume: `nestbox-cache-${owner}-${base36Digest(JSON.stringify([contents, path]), 12)}`,
    target: posix.join(workingFolder, path),
  }));
  await Promise.all(mounts.map(({ volume }) => createEmptyVolume(engine, volume, { [LABEL.cache]: owner })));
  return mounts;
}

/** The label of a checkout's caches. Of two checkouts, neither finds what the other has made. */
function cacheOwner(projectFolder: string): string {
  return base36Digest(realpathSync(projectFolder), 8);
}

/** A missing file counts as an empty one, as in GitLab. */
function keyContents(projectFolder: string, { key }: PlannedCache): readonly string[] {
  if (typeof key === "string") return [key];
  const found = key.files.map((file) => pathInProject(projectFolder, file));
  return ["", ...found.map((file) => (file === undefined ? "" : readFileSync(file, "base64")))];
}

/**
 * The names of caches that no container has and that are older than a week.
 * @param now the engine's time, in milliseconds since 1970
 */
export async function oldCaches(engine: DockerHost, now: number): Promise<readonly string[]> {
  const volumes = await listVolumes(engine, { label: [LABEL.cache], dangling: ["true"] });
  const isOld = (created = "") => Date.parse(created) < now - KEPT_FOR;
  return volumes.flatMap(({ Name, CreatedAt }) => (isOld(CreatedAt) ? [Name] : []));
}

/** The names of a checkout's caches. */
export async function cachesOf(engine: DockerHost, projectFolder: string): Promise<readonly string[]> {
  const volumes = await listVolumes(engine, { label: [`${LABEL.cache}=${cacheOwner(projectFolder)}`] });
  return volumes.map(({ Name }) => Name);
}

/** Removes caches, except of those that a container has. Returns the removed ones. */
export async function removeCaches(engine: DockerHost, names: readonly string[]): Promise<readonly string[]> {
  const removed = await Promise.all(names.map((name) => removeUnused(engine, name)));
  return names.filter((_, index) => removed[index]);
}

async function removeUnused(engine: DockerHost, name: string): Promise<boolean> {
  try {
    return await removeVolume(engine, name);
  } catch (error) {
    if (error instanceof DockerRefused && error.status === 409) return false;
    throw error;
  }
}
