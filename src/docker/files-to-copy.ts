import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { ConfigurationError } from "../model/problem.ts";
import { renderText, type Text } from "../model/text.ts";
import type { DockerContainer } from "./lowering/container.ts";

/** A file that is copied into a container, owned by root and writable by nobody. */
export interface FileToCopy {
  readonly path: string;
  readonly mode: 0o444 | 0o555;
  readonly source:
    | { readonly content: Text }
    | { readonly projectFile: string }
    | { readonly hostFile: string };
}

/** A container with files. */
type WithFiles = Pick<DockerContainer, "key" | "files">;

/**
 * The files of a container, those of folders one by one.
 * @throws ConfigurationError for a file that does not exist
 */
export function filesToCopy({ key, files }: WithFiles, projectFolder: string): readonly FileToCopy[] {
  return files.flatMap(({ target, source }): readonly FileToCopy[] => {
    if ("content" in source) return [{ path: target, mode: 0o444, source }];
    if ("hostPath" in source) {
      requireFile(source.hostPath, key);
      return [{ path: target, mode: 0o444, source: { hostFile: source.hostPath } }];
    }
    return filesBelow(path.join(projectFolder, source.path), key).map(({ file, relative }) => ({
      path: path.posix.join(target, ...relative.split(path.sep)),
      mode: isExecutable(file) ? 0o555 : 0o444,
      source: { projectFile: file },
    }));
  });
}

/** What a file holds, its secrets bound. */
export function contentOf({ source }: FileToCopy, secrets: Readonly<Record<string, string>>): Buffer {
  if ("content" in source) return Buffer.from(renderText(source.content, (name) => secrets[name] ?? ""));
  return readFileSync("hostFile" in source ? source.hostFile : source.projectFile);
}

function filesBelow(place: string, key: string): { readonly file: string; readonly relative: string }[] {
  if (requireFile(place, key).isFile()) return [{ file: place, relative: "" }];
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
    .map((file) => ({ file, relative: path.relative(place, file) }));
}

function isExecutable(file: string): boolean {
  return (statSync(file).mode & 0o100) !== 0;
}

function requireFile(file: string, key: string) {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found) return found;
  throw new ConfigurationError(`${file}: there is no such file, and "${key}" needs it`);
}
