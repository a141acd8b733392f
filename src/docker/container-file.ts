import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { callDocker, DockerRefused } from "./api.ts";
import type { DockerHost } from "./host.ts";

/** The content of a file in a container, running or not; undefined if the file does not exist. */
export async function readContainerFile(
  engine: DockerHost,
  container: string,
  file: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const path = `/containers/${container}/archive?path=${encodeURIComponent(file)}`;
  try {
    return await firstFileIn(await callDocker(engine, { method: "GET", path, signal }));
  } catch (error) {
    if (error instanceof DockerRefused && error.status === 404) return undefined;
    throw error;
  }
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
