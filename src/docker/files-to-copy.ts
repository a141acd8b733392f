import path from "node:path";
import { declaredFiles, requireDeclared } from "../machine/declared-files.ts";
import type { Text } from "../model/text.ts";
import type { DockerContainer } from "./lowering/container.ts";

/** A file to copy into a container, owned by root and read-only. */
export interface FileToCopy {
  readonly path: string;
  readonly mode: 0o444 | 0o555;
  readonly source:
    | { readonly content: Text }
    | { readonly projectFile: string; readonly size: number }
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
      requireDeclared(source.hostPath, key);
      return [{ path: target, mode: 0o444, source: { hostFile: source.hostPath } }];
    }
    return declaredFiles(projectFolder, source.path, key).map(({ file, relative, executable, size }) => ({
      path: path.posix.join(target, relative),
      mode: executable ? 0o555 : 0o444,
      source: { projectFile: file, size },
    }));
  });
}
