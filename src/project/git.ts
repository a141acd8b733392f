import { execFileSync } from "node:child_process";

/**
 * Runs git. Its output is empty if it failed, and lacks its last line break.
 * @returns no exit code without git
 */
export function git(folder: string, ...words: readonly string[]) {
  try {
    const output = execFileSync("git", words, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
    return { exitCode: 0, output: output.toString().replace(/\n$/, "") };
  } catch (error) {
    const { status } = error as { readonly status?: number | null };
    return { exitCode: status ?? undefined, output: "" };
  }
}

/**
 * The path of a folder in its git checkout, with a slash at its end: `services/api/`. Empty at the root, and
 * outside a checkout.
 */
export function folderInCheckout(folder: string): string {
  return git(folder, "rev-parse", "--show-prefix").output;
}
