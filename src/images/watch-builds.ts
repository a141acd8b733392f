import { existsSync, type FSWatcher, readdirSync, watch } from "node:fs";
import path from "node:path";
import { pathInProject } from "../machine/path-in-project.ts";
import type { Plan, PlannedBuild } from "../model/plan/plan.ts";
import { ConfigurationError } from "../model/problem.ts";
import { type IgnoredFiles, ignoredFiles } from "./ignored-files.ts";

/** How long changes are gathered after the first, in milliseconds: saving and checking out are many. */
const GATHERED_FOR = 300;

/** A watch of the files that images are built from. */
export interface BuildWatch {
  /**
   * Returns a moment after the next change since the watch began, or since the last call returned.
   * @throws the signal's reason
   */
  changed(): Promise<void>;
  close(): void;
}

/** A folder, and which of its entries count. */
interface WatchedFolder {
  readonly folder: string;
  counts(name: string): boolean;
}

/**
 * Watches the files of plans' builds, from now on. Those that `.dockerignore` leaves out are not watched.
 * @throws ConfigurationError for more folders than the system watches
 */
export function watchBuilds(plans: readonly Plan[], projectFolder: string, signal: AbortSignal): BuildWatch {
  const builds = plans.flatMap((plan) => plan.builds);
  let next = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout | undefined;
  const notice = () => {
    timer ??= setTimeout(() => next.resolve(), GATHERED_FOR);
  };
  const open = () => openWatchers(watchedFolders(builds, projectFolder), notice);
  let watchers = open();
  const interrupted = Promise.withResolvers<never>();
  const interrupt = () => interrupted.reject(signal.reason);
  interrupted.promise.catch(() => {});
  signal.addEventListener("abort", interrupt, { once: true });
  return {
    async changed() {
      signal.throwIfAborted();
      await Promise.race([next.promise, interrupted.promise]);
      next = Promise.withResolvers();
      timer = undefined;
      // A folder may be another one of the same name. New watchers open before the old ones close, so that no
      // change is lost between them.
      const before = watchers;
      watchers = open();
      for (const watcher of before) watcher.close();
    },
    close() {
      signal.removeEventListener("abort", interrupt);
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}

function openWatchers(folders: Iterable<WatchedFolder>, notice: () => void): readonly FSWatcher[] {
  const watchers: FSWatcher[] = [];
  try {
    for (const { folder, counts } of folders) {
      const watcher = openWatcher(folder, (name) => {
        if (name === null || counts(name)) notice();
      });
      if (watcher !== undefined) watchers.push(watcher);
    }
    return watchers;
  } catch (error) {
    for (const watcher of watchers) watcher.close();
    throw error;
  }
}

/** Undefined for a folder that has gone: the one above it reports that. */
function openWatcher(folder: string, onEvent: (name: string | null) => void): FSWatcher | undefined {
  try {
    return watch(folder, (_, name) => onEvent(name)).on("error", () => onEvent(null));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    if (code !== "ENOSPC" && code !== "EMFILE") throw error;
    throw new ConfigurationError(
      `--watch: ${folder}: ${message}; leave folders out in .dockerignore, or raise ` +
        "fs.inotify.max_user_watches and fs.inotify.max_user_instances with sysctl",
    );
  }
}

function* watchedFolders(
  builds: readonly PlannedBuild[],
  projectFolder: string,
): Generator<WatchedFolder, void> {
  const named = new Map(builds.map((build) => [JSON.stringify([build.context, build.dockerfile]), build]));
  for (const { context, dockerfile } of named.values()) {
    const instructions = path.join(projectFolder, context, dockerfile);
    const names = [instructions, `${instructions}.dockerignore`].map((file) => path.basename(file));
    yield { folder: path.dirname(instructions), counts: (name) => names.includes(name) };
    const root = pathInProject(projectFolder, context);
    if (root === undefined) {
      yield { folder: existingAbove(path.join(projectFolder, context)), counts: () => true };
      continue;
    }
    const ignored = ignoredFiles(root, dockerfile);
    for (const below of foldersBelow(root, ignored)) {
      const isInBuild = (name: string) => !ignored.ignores(path.posix.join(below, name));
      // A new folder may be left out while files in it are not.
      const counts = (name: string) => !ignored.wholeFolders || name === ".dockerignore" || isInBuild(name);
      yield { folder: path.join(root, below), counts };
    }
  }
}

function existingAbove(folder: string): string {
  const above = path.dirname(folder);
  return existsSync(above) ? above : existingAbove(above);
}

/** The folders of a context that may have files of the build, as paths from it; `""` is the context. */
function* foldersBelow(root: string, ignored: IgnoredFiles, below = ""): Generator<string, void> {
  yield below;
  for (const name of subfolders(path.join(root, below))) {
    const folder = path.posix.join(below, name);
    if (!ignored.wholeFolders || !ignored.ignores(folder)) yield* foldersBelow(root, ignored, folder);
  }
}

/** The names of the folders in a folder; none if it has gone. */
function subfolders(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}
