import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

interface Index {
  readonly manifests: readonly {
    readonly digest: string;
    /** Docker writes the whole public name here: `docker.io/library/redis:7-alpine`. */
    readonly annotations?: Readonly<Record<string, string>>;
  }[];
}

/** Saved images cannot be unpacked, or have no name that the mirror can serve. */
export class StorageFailed extends Error {
  override readonly name = "StorageFailed";
}

/**
 * Adds images to the storage folder of a registry. Not through the registry: the mirror is read-only, and a
 * push would compress the images for most of a minute. The folders are those of the reference implementation:
 * https://github.com/distribution/distribution/blob/main/registry/storage/paths.go
 * @param saved the answer of an engine (25 or newer) to `GET /images/get`: an OCI image layout as tar stream
 */
export async function storeImages(saved: Readable, storage: string): Promise<void> {
  mkdirSync(storage, { recursive: true });
  const layout = mkdtempSync(join(storage, "saved-"));
  try {
    await extract(saved, layout);
    const index: Index = readJson(join(layout, "index.json"));
    moveBlobs(layout, storage);
    for (const { digest, annotations } of index.manifests) {
      const name = annotations?.["io.containerd.image.name"] ?? "";
      const [, repository, tag] = /^docker\.io\/(.+):([^:/]+)$/.exec(name) ?? [];
      if (repository === undefined || tag === undefined) {
        throw new StorageFailed(`image "${name}": the mirror cannot serve this name; use one of Docker Hub`);
      }
      const { config, layers }: Manifest = readJson(blobOf(storage, digest));
      const digests = [config.digest, ...layers.map((layer) => layer.digest)];
      linkImage(storage, repository, tag, digest, digests);
    }
  } finally {
    rmSync(layout, { recursive: true, force: true });
  }
}

/**
 * The id of the stored image of a repository and tag, `library/redis` and `7-alpine`. It is the digest of its
 * configuration, `sha256:…`, as on an engine.
 */
export function storedImage(storage: string, repository: string, tag: string): string | undefined {
  const link = join(repositoryFolder(storage, repository), "_manifests", "tags", tag, "current", "link");
  if (!existsSync(link)) return undefined;
  const manifest: Manifest = readJson(blobOf(storage, readFileSync(link, "utf8")));
  return manifest.config.digest;
}

async function extract(saved: Readable, folder: string): Promise<void> {
  // --ignore-zeros: tar would exit at the archive's end mark, and Node reports the unread rest as an error.
  const words = ["--extract", "--ignore-zeros", "--directory", folder];
  const tar = spawn("tar", words, { stdio: ["pipe", "ignore", "inherit"] });
  const ended = new Promise<number | null>((resolve, reject) => {
    tar.once("error", reject);
    tar.once("close", resolve);
  });
  await pipeline(saved, tar.stdin);
  if ((await ended) !== 0)
    throw new StorageFailed(`${folder}: tar could not unpack the images that Docker saved`);
}

function linkImage(
  storage: string,
  repository: string,
  tag: string,
  manifest: string,
  blobs: readonly string[],
): void {
  const folder = repositoryFolder(storage, repository);
  for (const digest of blobs) writeLink(join(folder, "_layers", hashPath(digest)), digest);
  const manifests = join(folder, "_manifests");
  writeLink(join(manifests, "revisions", hashPath(manifest)), manifest);
  writeLink(join(manifests, "tags", tag, "index", hashPath(manifest)), manifest);
  writeLink(join(manifests, "tags", tag, "current"), manifest);
}

function writeLink(folder: string, digest: string): void {
  mkdirSync(folder, { recursive: true });
  const unfinished = join(folder, `link.${process.pid}`);
  writeFileSync(unfinished, digest);
  renameSync(unfinished, join(folder, "link"));
}

function moveBlobs(layout: string, storage: string): void {
  for (const name of readdirSync(join(layout, "blobs", "sha256"))) {
    const digest = `sha256:${name}`;
    const blob = blobOf(storage, digest);
    if (existsSync(blob)) continue;
    mkdirSync(dirname(blob), { recursive: true });
    renameSync(blobIn(layout, digest), blob);
  }
}

function registryFolder(storage: string): string {
  return join(storage, "docker", "registry", "v2");
}

function repositoryFolder(storage: string, repository: string): string {
  return join(registryFolder(storage), "repositories", repository);
}

function blobOf(storage: string, digest: string): string {
  const hash = digest.replace("sha256:", "");
  return join(registryFolder(storage), "blobs", "sha256", hash.slice(0, 2), hash, "data");
}

function blobIn(layout: string, digest: string): string {
  return join(layout, "blobs", hashPath(digest));
}

function hashPath(digest: string): string {
  return digest.replace(":", "/");
}

function readJson<Content>(file: string): Content {
  return JSON.parse(readFileSync(file, "utf8"));
}
