import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { ConfigurationError } from "../../model/problem.ts";
import { readYaml } from "../../project/yaml-file.ts";
import { type NewFile, PROGRAM } from "./stack-files.ts";

/** A file of `nestbox init`, and what happens to it. */
export interface ComparedFile extends NewFile {
  /**
   * - `written`: there is none yet
   * - `extended`: lines are added to the present one
   * - `kept`: the present one stays as it is
   */
  readonly state: "written" | "extended" | "kept";
  /** The present content. Undefined if there is none. */
  readonly found?: string;
}

/** Files that keep all that they have, so that init may change them. */
const EXTENDED: readonly string[] = ["package.json", ".gitignore"];

/**
 * Compares files with a folder. A file without content is not needed, and left out.
 * @throws ConfigurationError for what is in the way
 */
export function compareFolder(folder: string, files: readonly NewFile[]): readonly ComparedFile[] {
  return files
    .filter(({ content }) => content !== "")
    .map((file) => {
      requireFolders(folder, file.path);
      const target = path.join(folder, file.path);
      const found = statSync(target, { throwIfNoEntry: false });
      if (found === undefined) return { ...file, state: "written" };
      if (!found.isFile()) {
        const kind = found.isDirectory() ? "folder" : "special file";
        throw new ConfigurationError(`${target}: is a ${kind} where init writes a file; move it away`);
      }
      if (file.path === "Pulumi.yaml") requireOwnProgram(folder);
      const present = readFileSync(target, "utf8");
      const isExtended = EXTENDED.includes(file.path) && present !== file.content;
      return { ...file, found: present, state: isExtended ? "extended" : "kept" };
    });
}

/** @throws ConfigurationError if the path to a file leads through something that is no folder */
function requireFolders(folder: string, file: string): void {
  const parent = path.dirname(file);
  if (parent === ".") return;
  requireFolders(folder, parent);
  const target = path.join(folder, parent);
  const found = statSync(target, { throwIfNoEntry: false });
  if (found === undefined || found.isDirectory()) return;
  throw new ConfigurationError(`${target}: is a file where init creates a folder; move it away`);
}

/** @throws ConfigurationError for the Pulumi.yaml of another program, whose stacks would have no sandboxes */
function requireOwnProgram(folder: string): void {
  const { main } = readYaml(path.join(folder, "Pulumi.yaml"));
  if (typeof main === "string" && path.normalize(main) === path.normalize(PROGRAM)) return;
  throw new ConfigurationError(
    `${path.join(folder, "Pulumi.yaml")}: belongs to a Pulumi program of your own; ` +
      "add sandboxes to it as docs/pulumi-program.md shows, or run init --stack in another folder",
  );
}
