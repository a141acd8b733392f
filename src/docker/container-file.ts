import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { callDocker, commandDocker, unlessMissing } from "./api.ts";
import type { DockerHost } from "./host.ts";

/** The content of a file in a container, running or not; undefined if the file does not exist. */
export async function readContainerFile(
  engine: DockerHost,
  container: string,
  file: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const archive = await readArchive(engine, container, file, signal);
  return archive && firstFileIn(archive);
}

/** A file or folder of a container, running or not, as a tar archive; undefined if it does not exist. */
export function readArchive(
  engine: DockerHost,
  container: string,
  file: string,
  signal?: AbortSignal,
): Promise<Readable | undefined> {
  const path = `/containers/${container}/archive?path=${encodeURIComponent(file)}`;
  return unlessMissing(callDocker(engine, { method: "GET", path, signal }));
}

/** Unpacks a tar archive, a buffer or a stream, below a folder of a container. */
export function putArchive(
  engine: DockerHost,
  container: string,
  folder: string,
  archive: object,
): Promise<void> {
  return commandDocker(engine, {
    method: "PUT",
    path: `/containers/${container}/archive?path=${encodeURIComponent(folder)}`,
    body: Buffer.isBuffer(archive) ? Readable.from([archive]) : archive,
    headers: { "content-type": "application/x-tar" },
  });
}

async function firstFileIn(archive: NodeJS.ReadableStream): Promise<string | undefined> {
  // Imported here: most commands read no file.
  const { extract } = await import("tar-stream");
  const entries = extract();
  const unpacked = pipeline(archive, entries);
  let content: string | undefined;
  for await (const entry of entries) {
    if (entry.header.type === "file") content ??= await text(entry);
    else entry.resume();
  }
  await unpacked;
  return content;
}
