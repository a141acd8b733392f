import {
  chmodSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";

interface WriteOptions {
  /** The permissions of a new file. @default the process's umask */
  readonly mode?: number;
  /** Keeps an existing file: of two concurrent writes, the first wins. @default false */
  readonly once?: boolean;
}

/** The age at which a draft is an orphan, in milliseconds. */
const ORPHANED_AFTER = 3_600_000;

/**
 * Writes a file atomically: after a kill, on a full disk, or for a concurrent reader, the file has either its
 * old or its new content. A file with the same content is not touched.
 */
export function writeFileAtomically(
  file: string,
  content: string,
  { mode, once = false }: WriteOptions = {},
): void {
  const target = existsSync(file) ? realpathSync(file) : file;
  removeOrphanedDrafts(target);
  if (existsSync(target) && (once || readFileSync(target, "utf8") === content)) return;
  const draft = path.join(path.dirname(target), `${draftsOf(target)}${process.pid}`);
  try {
    writeFileSync(draft, content, { flush: true, ...(mode !== undefined && { mode }) });
    if (existsSync(target)) chmodSync(draft, statSync(target).mode & 0o777);
    // A link, unlike a rename, fails if the file exists.
    if (once) linkSync(draft, target);
    else renameSync(draft, target);
  } catch (error) {
    if (!once || (error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Removes drafts of processes that were killed during a write. */
function removeOrphanedDrafts(file: string): void {
  const folder = path.dirname(file);
  const isDraft = (name: string) =>
    name.startsWith(draftsOf(file)) && /^\d+$/.test(name.slice(draftsOf(file).length));
  for (const name of readdirSync(folder).filter(isDraft)) {
    const draft = path.join(folder, name);
    const { mtimeMs = Date.now() } = statSync(draft, { throwIfNoEntry: false }) ?? {};
    if (mtimeMs < Date.now() - ORPHANED_AFTER) rmSync(draft, { force: true });
  }
}

/** The prefix of the names of a file's drafts. The process ID follows. */
function draftsOf(file: string): string {
  return `.${path.basename(file)}.`;
}
