import { lstatSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import type { FolderFile } from "../machine/archive-folder.ts";
import { requireCopyable, requireName } from "../machine/files-in-folder.ts";
import { pathInProject } from "../machine/path-in-project.ts";
import type { PlannedBuild } from "../model/plan/plan.ts";
import { ConfigurationError } from "../model/problem.ts";
import { type IgnoredFiles, ignoredFiles } from "./ignored-files.ts";

/** The files of a build. */
export interface BuildContext {
  /** The real path of the folder. */
  readonly folder: string;
  /** The real path of the Dockerfile. */
  readonly dockerfile: string;
  /** Those that `.dockerignore` does not leave out, in a fixed order. */
  readonly files: readonly FolderFile[];
}

/** The most that a context has. What is larger was rarely meant to be part of an image. */
const LARGEST_CONTEXT = { bytes: 1024 ** 3, files: 100_000 } as const;

/**
 * Lists the files of a build.
 * @param place the property that declares it, for errors
 * @throws ConfigurationError for a context or Dockerfile that is missing or outside the project, for a file
 * that cannot be copied, and for a context that is too large
 */
export function buildContext(
  projectFolder: string,
  { context, dockerfile }: Pick<PlannedBuild, "context" | "dockerfile">,
  place: string,
): BuildContext {
  const folder = pathInProject(projectFolder, context);
  if (folder === undefined || !statSync(folder).isDirectory())
    throw new ConfigurationError(
      `${place}: ${path.join(projectFolder, context)}: no such folder; correct the context of the build`,
    );
  const named = path.join(context, dockerfile);
  const instructions = pathInProject(projectFolder, named);
  if (instructions === undefined || !statSync(instructions).isFile())
    throw new ConfigurationError(
      `${place}: ${path.join(projectFolder, named)}: no such file; create it, or set dockerfile of the build`,
    );
  const files: FolderFile[] = [];
  const total = { bytes: 0 };
  const ignored = ignoredFiles(folder, dockerfile);
  for (const file of filesOf(folder, ignored)) {
    files.push(file);
    total.bytes += file.stats.size;
    // Counted on, what makes it large would take as long as it is large.
    if (files.length > LARGEST_CONTEXT.files * 2) break;
  }
  if (files.length > LARGEST_CONTEXT.files || total.bytes > LARGEST_CONTEXT.bytes)
    throw new ConfigurationError(`${place}: ${context}: ${describeLarge(files)}`);
  return { folder, dockerfile: instructions, files };
}

function* filesOf(root: string, ignored: IgnoredFiles, below = ""): Iterable<FolderFile> {
  const entries = readdirSync(path.join(root, below), { withFileTypes: true });
  for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    const name = below === "" ? entry.name : `${below}/${entry.name}`;
    requireName(root, name);
    const isIgnored = ignored.ignores(name);
    if (entry.isDirectory()) {
      if (!isIgnored || !ignored.wholeFolders) yield* filesOf(root, ignored, name);
      continue;
    }
    if (isIgnored) continue;
    const file = path.join(root, name);
    const stats = lstatSync(file);
    requireCopyable(file, stats);
    yield { name, file, stats };
  }
}

/** The number of parts of a large context that an error names. */
const NAMED_PARTS = 3;

function describeLarge(files: readonly FolderFile[]): string {
  const parts = new Map<string, { bytes: number; files: number }>();
  for (const { name, stats } of files) {
    const [top = name] = name.split("/");
    const part = parts.get(top) ?? { bytes: 0, files: 0 };
    parts.set(top, { bytes: part.bytes + stats.size, files: part.files + 1 });
  }
  const bytes = files.reduce((sum, { stats }) => sum + stats.size, 0);
  const byBytes = bytes > LARGEST_CONTEXT.bytes;
  const size = (part: { readonly bytes: number; readonly files: number }) =>
    byBytes ? `${Math.ceil(part.bytes / 1024 ** 2)} MiB` : `${part.files} files`;
  const largest = [...parts].sort(([, one], [, other]) =>
    byBytes ? other.bytes - one.bytes : other.files - one.files,
  );
  const named = largest.slice(0, NAMED_PARTS).map(([name, part]) => `${name} (${size(part)})`);
  const limit = byBytes ? "1 GiB" : `${LARGEST_CONTEXT.files} files`;
  return (
    `is too large for a build, which takes ${limit}: ${named.join(", ")}; ` +
    "leave out what no image needs, in its .dockerignore"
  );
}
