import { join } from "node:path";
import type { DockerHost, Task } from "../dependencies.ts";
import { storedImage, storeImages } from "./storage.ts";

interface MirrorRequest extends Task {
  /** The engine with the images. */
  readonly docker: DockerHost;
}

/** The folder of the mirror's images. */
export function mirrorStorage(cache: string): string {
  return join(cache, "engine", "mirror");
}

/**
 * The images that the mirror lacks or has in another version. Docker uses a mirror for Docker Hub alone, so
 * images of other registries are never missing.
 * @param names as in STAND_INS
 */
export async function missingInMirror(
  names: readonly string[],
  { cache, docker, dependencies }: Omit<MirrorRequest, "onDetail">,
): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const name of names) {
    const [repository, tag] = hubPath(name) ?? [];
    if (repository === undefined || tag === undefined) continue;
    const image = await dependencies.inspectImage(docker, name);
    if (storedImage(mirrorStorage(cache), repository, tag) !== image?.id) missing.push(name);
  }
  return missing;
}

/** Copies images of the engine into the mirror. */
export async function addToMirror(names: readonly string[], request: MirrorRequest): Promise<void> {
  const { cache, docker, dependencies, onDetail, signal } = request;
  const storage = mirrorStorage(cache);
  const giveBack = await dependencies.acquireLock(storage, (holder) =>
    onDetail(`waiting for process ${holder}`),
  );
  try {
    await storeImages(await dependencies.saveImages(docker, names, signal), storage);
  } finally {
    await giveBack();
  }
}

/** Repository and tag on Docker Hub: ["library/redis", "7-alpine"]; undefined for another registry. */
function hubPath(name: string): readonly [string, string] | undefined {
  const [, repository = "", tag = ""] = /^([^:]+):([^:]+)$/.exec(name) ?? [];
  const [first = "", ...rest] = repository.split("/");
  if (rest.length === 0) return [`library/${first}`, tag];
  return first.includes(".") ? undefined : [repository, tag];
}
