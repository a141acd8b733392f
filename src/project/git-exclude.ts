import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { folderInCheckout, git } from "./git.ts";

/**
 * Excludes a generated file from git: adds its path to the checkout's `info/exclude`, unless git ignores it.
 * A pattern in `.gitignore` would hide the user's files with similar names. Outside a checkout it does
 * nothing.
 * @param file its name in `folder`
 */
export function excludeFromGit(folder: string, file: string): void {
  const ignored = git(folder, "check-ignore", "--quiet", "--no-index", "--", file);
  if (ignored.exitCode !== NOT_IGNORED) return;
  const list = path.resolve(folder, git(folder, "rev-parse", "--git-path", "info/exclude").output);
  try {
    mkdirSync(path.dirname(list), { recursive: true });
    appendFileSync(list, `${endsWithLineBreak(list) ? "" : "\n"}/${folderInCheckout(folder)}${file}\n`);
  } catch {
    // Nobody commits from a checkout that is read-only.
  }
}

/** Whether appended text starts on a new line: the last line may lack its end. */
function endsWithLineBreak(file: string): boolean {
  return !existsSync(file) || /(^|\n)$/.test(readFileSync(file, "utf8"));
}

/** The exit code of `git check-ignore` for a file that git does not ignore. */
const NOT_IGNORED = 1;
