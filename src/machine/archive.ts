import { createReadStream, readFileSync } from "node:fs";
import { Readable } from "node:stream";
import type { Pack } from "tar-stream";

/** What an archive has at a name. */
export type ArchiveEntry = { readonly name: string } & (
  | { readonly linkTo: string }
  | ({ readonly mode: number } & (FileEntry | { readonly content: Buffer } | { readonly isFolder: true }))
);

interface FileEntry {
  /** The path on this machine. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** When it was changed. @default now */
  readonly mtime?: Date;
}

/** The size of a file that is read at once, in bytes. */
const SMALL = 65_536;

/** The size of a piece of an archive, in bytes. Thousands of small ones take long to send. */
const PIECE = 1_048_576;

/**
 * A tar archive. Its files are read while it is, in pieces: they may be larger than memory. Reading it fails
 * for a file that has become shorter, or that cannot be read.
 */
export function archiveOf(entries: readonly ArchiveEntry[]): Readable {
  return Readable.from(piecesOf(entries), { objectMode: false });
}

async function* piecesOf(entries: readonly ArchiveEntry[]): AsyncGenerator<Buffer> {
  const { pack } = await import("tar-stream");
  const archive = pack();
  const added = addEntries(archive, entries).then(() => archive.finalize());
  added.catch((error: Error) => archive.destroy(error));
  let parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of archive) {
      parts.push(part as Buffer);
      size += (part as Buffer).length;
      if (size < PIECE) continue;
      yield Buffer.concat(parts);
      parts = [];
      size = 0;
    }
  } catch (error) {
    // Its error names the file.
    await added;
    throw error;
  }
  yield Buffer.concat(parts);
}

async function addEntries(archive: Pack, entries: readonly ArchiveEntry[]): Promise<void> {
  for (const entry of entries) {
    const { name } = entry;
    if ("linkTo" in entry) archive.entry({ name, type: "symlink", linkname: entry.linkTo });
    else if ("isFolder" in entry) archive.entry({ name, type: "directory", mode: entry.mode });
    else if ("content" in entry) archive.entry({ name, mode: entry.mode }, entry.content);
    else await addFile(archive, entry);
  }
}

function addFile(
  archive: Pack,
  { name, mode, file, size, mtime }: FileEntry & { readonly name: string; readonly mode: number },
): Promise<void> {
  const header = { name, mode, ...(mtime && { mtime }) };
  return new Promise((resolve, reject) => {
    const ended = (error?: Error | null) =>
      error ? reject(new Error(`${file}: cannot be copied: ${error.message}`, { cause: error })) : resolve();
    // A turn of the event loop for each of thousands of small files takes longer than reading them.
    if (size < SMALL) return void archive.entry(header, readFileSync(file), ended);
    const entry = archive.entry({ ...header, size }, ended).once("error", ended);
    createReadStream(file)
      .once("error", (error) => entry.destroy(error))
      .pipe(entry);
  });
}
