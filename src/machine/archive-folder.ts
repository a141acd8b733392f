import { createWriteStream, lstatSync, readlinkSync, type Stats } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ConfigurationError } from "../model/problem.ts";
import { type ArchiveEntry, archiveOf } from "./archive.ts";
import { requireCopyable } from "./files-in-folder.ts";
import { pathInProject } from "./path-in-project.ts";
import { unignoredFiles } from "./unignored-files.ts";

/** A file of a folder to archive. */
export interface FolderFile {
  /** Below the folder. */
  readonly name: string;
  readonly file: string;
  readonly stats: Stats;
}

/** As GitLab's runner checks a project out: each user of a container may change its files. */
const FILE_MODE = 0o666;
const FOLDER_MODE = 0o777;

/**
 * A folder of the project as a tar archive, with its files at the root. In a git checkout it has the files
 * that git does not ignore, as a checkout in CI will, with uncommitted changes; elsewhere all files. They are
 * read while the archive is, which fails for a file that changes meanwhile.
 * @throws ConfigurationError as {@link requireFolder} does
 */
export async function archiveFolder(projectFolder: string, folder: string): Promise<Readable> {
  return archiveFiles(await requireFolder(projectFolder, folder));
}

/** Files as a tar archive, which are read while it is. */
export function archiveFiles(files: readonly FolderFile[]): Readable {
  const folders = new Set<string>();
  return archiveOf(
    files.flatMap((file) => {
      const added = foldersOf(file.name).filter((folder) => !folders.has(folder));
      for (const folder of added) folders.add(folder);
      return [
        ...added.map((name) => ({ name, mode: FOLDER_MODE, isFolder: true as const })),
        ...entryOf(file),
      ];
    }),
  );
}

/** The folders that a file is in, outermost first. */
function foldersOf(name: string): readonly string[] {
  const parts = name.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

function entryOf({ name, file, stats }: FolderFile): readonly ArchiveEntry[] {
  if (stats.isSymbolicLink()) return [{ name, linkTo: readlinkSync(file) }];
  if (!stats.isFile()) return [];
  const { size, mtime } = stats;
  return [{ name, mode: stats.mode & 0o111 ? FOLDER_MODE : FILE_MODE, file, size, mtime }];
}

/**
 * The files of a folder that an archive of it has.
 * @throws ConfigurationError for a folder that is missing, outside the project or a checkout that git cannot
 * list, and for a file that cannot be copied
 */
export async function requireFolder(projectFolder: string, folder: string): Promise<readonly FolderFile[]> {
  const root = pathInProject(projectFolder, folder);
  if (root === undefined || !lstatSync(root).isDirectory())
    throw new ConfigurationError(`${folder}: no such folder in ${projectFolder}; create it`);
  const files: FolderFile[] = [];
  for (const name of await unignoredFiles(root)) {
    const file = path.join(root, name);
    const stats = lstatSync(file, { throwIfNoEntry: false });
    // Tracked by git, but deleted since.
    if (stats === undefined) continue;
    requireCopyable(file, stats);
    files.push({ name, file, stats });
  }
  return files;
}

/** Writes the files of an archive of {@link archiveFolder} below a folder. */
export async function unpackInto(folder: string, archive: Readable): Promise<void> {
  const { extract } = await import("tar-stream");
  const entries = extract();
  archive.once("error", (error) => entries.destroy(error)).pipe(entries);
  for await (const entry of entries) {
    const { name, mode, type, linkname } = entry.header;
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    if (type === "directory") await mkdir(file, { recursive: true });
    else if (type === "symlink") await symlink(linkname ?? "", file);
    else await pipeline(entry, createWriteStream(file, { mode }));
    entry.resume();
  }
}
