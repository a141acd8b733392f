import { execFile } from "node:child_process";
import { lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { ConfigurationError } from "../model/problem.ts";

/**
 * A folder of the project as a tar archive, with its files at the root. In a git checkout it has the files
 * that git does not ignore, as a checkout in CI will, with uncommitted changes; elsewhere all files.
 * @throws ConfigurationError for a missing folder
 */
export async function archiveFolder(projectFolder: string, folder: string): Promise<Buffer> {
  const root = path.join(projectFolder, folder);
  const found = await lstat(root).catch(() => undefined);
  if (!found?.isDirectory())
    throw new ConfigurationError(`${folder}: no such folder in ${projectFolder}; create it`);
  const { pack } = await import("tar-stream");
  const archive = pack();
  const collected = buffer(archive);
  for (const name of await fileNames(root)) {
    const file = path.join(root, name);
    const stats = await lstat(file).catch(() => undefined);
    // Tracked by git, but deleted since.
    if (!stats) continue;
    if (stats.isSymbolicLink()) archive.entry({ name, type: "symlink", linkname: await readlink(file) });
    else if (stats.isFile())
      archive.entry({ name, mode: stats.mode & 0o777, mtime: stats.mtime }, await readFile(file));
  }
  archive.finalize();
  return collected;
}

/** Writes the files of an archive of {@link archiveFolder} below a folder. */
export async function unpackInto(folder: string, archive: Buffer): Promise<void> {
  const { extract } = await import("tar-stream");
  const entries = extract();
  entries.end(archive);
  for await (const entry of entries) {
    const { name, mode, type, linkname } = entry.header;
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    if (type === "symlink") await symlink(linkname ?? "", file);
    else await writeFile(file, await buffer(entry), { mode });
    entry.resume();
  }
}

async function fileNames(root: string): Promise<readonly string[]> {
  try {
    const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    const { stdout } = await promisify(execFile)("git", list, { cwd: root, maxBuffer: 2 ** 28 });
    // Git lists a file in conflict once for each side.
    return [...new Set(stdout.split("\0"))].filter((name) => name !== "").sort();
  } catch {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
      .sort();
  }
}
