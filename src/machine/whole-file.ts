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

/** How a file is written. */
interface Writing {
  /** Who may do what with a file that was not there before. @default what the process's umask says */
  readonly mode?: number;
  /**
   * Leaves a file that is there as it is: of two that write it at once, the first one's stays.
   * @default false
   */
  readonly once?: boolean;
}

/** Milliseconds after which a draft is nobody's any more. */
const FORGOTTEN = 3_600_000;

/**
 * Writes a file so that it is never there in part: whoever reads it, or comes after a kill or on a full disk,
 * finds what it held before or all of what it is to hold. A file that holds that already is not touched.
 */
export function writeWhole(file: string, content: string, { mode, once = false }: Writing = {}): void {
  const target = existsSync(file) ? realpathSync(file) : file;
  removeForgottenDrafts(target);
  if (existsSync(target) && (once || readFileSync(target, "utf8") === content)) return;
  const draft = path.join(path.dirname(target), `${draftsOf(target)}${process.pid}`);
  try {
    writeFileSync(draft, content, { flush: true, ...(mode !== undefined && { mode }) });
    if (existsSync(target)) chmodSync(draft, statSync(target).mode & 0o777);
    // A link, unlike a rename, fails where somebody else was first.
    if (once) linkSync(draft, target);
    else renameSync(draft, target);
  } catch (error) {
    if (!once || (error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Removes what those have left who were killed while they wrote the file. */
function removeForgottenDrafts(file: string): void {
  const folder = path.dirname(file);
  const isDraft = (name: string) =>
    name.startsWith(draftsOf(file)) && /^\d+$/.test(name.slice(draftsOf(file).length));
  for (const name of readdirSync(folder).filter(isDraft)) {
    const draft = path.join(folder, name);
    const { mtimeMs = Date.now() } = statSync(draft, { throwIfNoEntry: false }) ?? {};
    if (mtimeMs < Date.now() - FORGOTTEN) rmSync(draft, { force: true });
  }
}

/** What the names of a file's drafts begin with; the number of their process ends them. */
function draftsOf(file: string): string {
  return `.${path.basename(file)}.`;
}
