import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { runChild } from "../../src/machine/child-process.ts";
import { contentHash } from "../../src/machine/content-hash.ts";
import { acquireLock } from "../../src/machine/lock.cjs";
import { BASE_PACKAGES, DEBIAN_RELEASE, LEFT_OUT } from "./recipe.ts";

export interface DebianRequest {
  readonly cache: string;
  readonly signal?: AbortSignal | undefined;
  readonly onDetail: (text: string) => void;
}

/** What the base is made of, for names and labels. */
export const BASE_RECIPE = contentHash(DEBIAN_RELEASE, BASE_PACKAGES, LEFT_OUT);

/**
 * The folder of a minimal Debian, which the engine's root and the stand-in images build on. It keeps the
 * package lists, so that what is installed into it later need not fetch them again.
 */
export async function debianBase(request: DebianRequest): Promise<string> {
  const { cache, signal, onDetail } = request;
  const root = join(cache, "debian", `base-${BASE_RECIPE}`);
  if (existsSync(root)) return root;
  const giveBack = await acquireLock(root, (holder) => onDetail(`waiting for process ${holder}`));
  try {
    if (existsSync(root)) return root;
    removePredecessors(root);
    await installIfMissing("mmdebstrap", request);
    onDetail(`Debian ${DEBIAN_RELEASE}`);
    const unfinished = `${root}.partial`;
    await runChild({
      command: "mmdebstrap",
      args: [
        "--mode=root",
        "--variant=apt",
        "--skip=cleanup/apt/lists",
        `--include=${BASE_PACKAGES.join(",")}`,
        // The roots are thrown away as a whole when a step fails: waiting for the disk after each file buys
        // nothing.
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
 * Removes a root's predecessors, whether another recipe made them or they were killed before they were whole.
 * Nothing is mounted there: mounts end with the process that made them.
 */
export function removePredecessors(root: string): void {
  const folder = dirname(root);
  const kind = basename(root).replace(/-.*/, "-");
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (name.startsWith(kind)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

async function installIfMissing(program: string, request: DebianRequest): Promise<void> {
  if (existsSync(`/usr/bin/${program}`)) return;
  request.onDetail(`installing ${program}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const log = join(request.cache, "logs", "apt-get.log");
  const wanted = [program, "debian-archive-keyring"];
  const install = ["install", "-y", "-q", "--no-install-recommends", ...wanted];
  try {
    await runChild({ command: "apt-get", args: install, environment, signal: request.signal, log });
  } catch {
    await runChild({ command: "apt-get", args: ["update", "-q"], environment, signal: request.signal, log });
    await runChild({ command: "apt-get", args: install, environment, signal: request.signal, log });
  }
}

/**
 * The archive this machine itself gets Debian's packages from, if it is a Debian; many networks have their
 * own. None, for mmdebstrap's default.
 */
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
