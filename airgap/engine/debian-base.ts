import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { contentHash } from "../content-hash.ts";
import type { Task } from "../dependencies.ts";
import { BASE_PACKAGES, DEBIAN_RELEASE, LEFT_OUT } from "./recipe.ts";

/** The hash of the base's recipe, for names and labels. */
export const BASE_RECIPE = contentHash(DEBIAN_RELEASE, BASE_PACKAGES, LEFT_OUT);

/**
 * The folder of a minimal Debian, the base of the engine's root and of the stand-in images. It keeps the
 * package lists for later installations.
 */
export async function debianBase(task: Task): Promise<string> {
  const { cache, signal, onDetail } = task;
  const { acquireLock, runChild } = task.dependencies;
  const root = join(cache, "debian", `base-${BASE_RECIPE}`);
  if (existsSync(root)) return root;
  const giveBack = await acquireLock(root, (holder) => onDetail(`waiting for process ${holder}`));
  try {
    if (existsSync(root)) return root;
    removePredecessors(root);
    await installIfMissing("mmdebstrap", task);
    onDetail(`Debian ${DEBIAN_RELEASE}`);
    const unfinished = `${root}.partial`;
    await runChild({
      command: "mmdebstrap",
      args: [
        "--mode=root",
        "--variant=apt",
        "--skip=cleanup/apt/lists",
        `--include=${BASE_PACKAGES.join(",")}`,
        // No fsync: after a failure the whole root is removed.
        "--dpkgopt=force-unsafe-io",
        ...LEFT_OUT.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
        '--aptopt=Acquire::GzipIndexes "true"',
        '--aptopt=Acquire::Languages "none"',
        '--aptopt=APT::Install-Recommends "false"',
        '--aptopt=APT::Sandbox::User "root"',
        DEBIAN_RELEASE,
        unfinished,
        ...packageArchive(),
      ],
      signal,
      log: join(cache, "logs", "debian-base.log"),
      onLine: (line) => onDetail(line.replace(/^I: /, "")),
    });
    renameSync(unfinished, root);
    return root;
  } finally {
    await giveBack();
  }
}

/**
 * Removes earlier roots: those of other recipes, and unfinished ones. Their mounts ended with the
 * process that created them.
 */
export function removePredecessors(root: string): void {
  const folder = dirname(root);
  const kind = basename(root).replace(/-.*/, "-");
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (name.startsWith(kind)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

async function installIfMissing(program: string, task: Task): Promise<void> {
  const { cache, signal, onDetail, dependencies } = task;
  if (existsSync(`/usr/bin/${program}`)) return;
  onDetail(`installing ${program}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const log = join(cache, "logs", "apt-get.log");
  const wanted = [program, "debian-archive-keyring"];
  const install = ["install", "-y", "-q", "--no-install-recommends", ...wanted];
  const aptGet = (args: readonly string[]) =>
    dependencies.runChild({ command: "apt-get", args, environment, signal, log });
  try {
    await aptGet(install);
  } catch {
    await aptGet(["update", "-q"]);
    await aptGet(install);
  }
}

/** The archive in this machine's own sources. Without one, mmdebstrap uses its default. */
function packageArchive(): readonly string[] {
  const files = ["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"];
  for (const file of files) {
    if (!existsSync(file)) continue;
    const archive = archiveIn(readFileSync(file, "utf8"));
    if (archive !== undefined) return [archive];
  }
  return [];
}

/** The address of the main archive in a sources file of either format. */
export function archiveIn(sources: string): string | undefined {
  for (const line of sources.split("\n")) {
    if (line.trimStart().startsWith("#")) continue;
    const address = /^(?:URIs:|deb\s(?:\s*\[[^\]]*\])?)\s*(https?:\/\/\S+)/.exec(line.trim())?.[1];
    if (address !== undefined && /\/debian\/?$/.test(address)) return address;
  }
  return undefined;
}
