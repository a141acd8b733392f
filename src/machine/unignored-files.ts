import { execFile } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { ConfigurationError } from "../model/problem.ts";
import { filesInFolder, requireName } from "./files-in-folder.ts";

/** What the promise of a failed program rejects with. */
interface ProgramError {
  readonly code?: string | number;
  readonly stderr?: string;
}

/**
 * The names of the files in a folder that git does not ignore, sorted. Outside a checkout those of all files.
 * @throws ConfigurationError if git cannot list the files of a checkout, because the ignored ones may be
 * secret
 */
export async function unignoredFiles(root: string): Promise<readonly string[]> {
  try {
    const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    const { stdout } = await promisify(execFile)("git", list, { cwd: root, maxBuffer: 2 ** 28 });
    // Git lists a file in conflict once for each side.
    const names = [...new Set(stdout.split("\0"))].filter((name) => name !== "").sort();
    for (const name of names) requireName(root, name);
    return names;
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    if (!isInCheckout(root)) return filesInFolder(root);
    throw new ConfigurationError(
      `${root}: its ignored files are unknown: ${describe(error as ProgramError)}`,
    );
  }
}

/** Whether the folder is in a git checkout. Git looks no further than the file system of the folder. */
function isInCheckout(root: string): boolean {
  const { dev } = statSync(root);
  for (let folder = root; statSync(folder).dev === dev; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, ".git"))) return true;
    if (folder === path.dirname(folder)) break;
  }
  return false;
}

function describe({ code, stderr = "" }: ProgramError): string {
  if (code === "ENOENT") return "the folder is in a git checkout, and there is no git on PATH; install git";
  const [reason = ""] = stderr.split("\n");
  const [remedy = "correct what git ls-files reports there"] =
    /git config .*safe\.directory.*/.exec(stderr) ?? [];
  return `git: ${reason}; ${remedy.replace(/^git config/, "run git config")}`;
}
