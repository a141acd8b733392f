import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";

/**
 * Sees that git does not offer a file that we have made for committing: names it in the checkout's own
 * `info/exclude`, unless git ignores it already. A pattern in `.gitignore` would hide files that somebody has
 * named alike. Outside a checkout there is nothing to do.
 * @param file its name in `folder`
 */
export function excludeFromGit(folder: string, file: string): void {
  const asked = git(folder, "check-ignore", "--quiet", "--no-index", "--", file);
  if (asked === undefined || asked.exitCode !== NOT_IGNORED) return;
  const exclude = git(folder, "rev-parse", "--git-path", "info/exclude")?.answer;
  const prefix = git(folder, "rev-parse", "--show-prefix")?.answer;
  if (exclude === undefined || prefix === undefined) return;
  const list = path.resolve(folder, exclude);
  try {
    mkdirSync(path.dirname(list), { recursive: true });
    appendFileSync(list, `${endsItsLine(list) ? "" : "\n"}/${prefix}${file}\n`);
  } catch {
    // A checkout that we may not write to is nobody's to commit from.
  }
}

/**
 * Whether what is added begins a line of its own: somebody's last line may have no end, or a full disk may
 * have cut it off.
 */
function endsItsLine(file: string): boolean {
  return !existsSync(file) || /(^|\n)$/.test(readFileSync(file, "utf8"));
}

/** What `git check-ignore` exits with for a file that git does not ignore. */
const NOT_IGNORED = 1;

/** Undefined where there is no git. */
function git(
  folder: string,
  ...words: readonly string[]
): { readonly exitCode: number; readonly answer: string } | undefined {
  try {
    const answer = execFileSync("git", [...words], { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
    return { exitCode: 0, answer: answer.toString().replace(/\n$/, "") };
  } catch (error) {
    const { status } = error as { readonly status?: number | null };
    return typeof status === "number" ? { exitCode: status, answer: "" } : undefined;
  }
}
