import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { ConfigurationError } from "../model/problem.ts";
import { renderText, type Text } from "../model/text.ts";
import type { DockerContainer } from "./lowering/container.ts";

/** A file to copy into a container, owned by root and read-only. */
export interface FileToCopy {
  readonly path: string;
  readonly mode: 0o444 | 0o555;
  readonly source:
    | { readonly content: Text }
    | { readonly projectFile: string }
    | { readonly hostFile: string };
}

type WithFiles = Pick<DockerContainer, "key" | "files">;

/**
 * The files of a container, with each file of a folder.
 * @throws ConfigurationError for a missing file
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

/** The content of a file, with the values of its secrets. */
export function contentOf({ source }: FileToCopy, secrets: Readonly<Record<string, string>>): Buffer {
  if ("content" in source) return Buffer.from(renderText(source.content, (name) => secrets[name] ?? ""));
  return readFileSync("hostFile" in source ? source.hostFile : source.projectFile);
}

function filesBelow(root: string, key: string): { readonly file: string; readonly relative: string }[] {
  if (requireFile(root, key).isFile()) return [{ file: root, relative: "" }];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
    .map((file) => ({ file, relative: path.relative(root, file) }));
}

function isExecutable(file: string): boolean {
  return (statSync(file).mode & 0o100) !== 0;
}

function requireFile(file: string, key: string) {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found) return found;
  throw new ConfigurationError(`${file}: no such file; create it, or remove it from the files of "${key}"`);
}
