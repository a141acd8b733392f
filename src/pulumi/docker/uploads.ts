import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { devNull } from "node:os";
import path from "node:path";
import type { types } from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { PlannedContainer, PlannedFile } from "../../model/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { BindText } from "./secrets.ts";

/** A file as @pulumi/docker takes it. */
export type Upload = types.input.ContainerUpload;

/** The part of a planned container that matters here. */
type WithFiles = Pick<PlannedContainer, "key" | "files">;

/**
 * The files of a container as @pulumi/docker takes them: copied in before it starts, owned by root and
 * writable by nobody. A file of this machine goes by its path, so that the state holds neither it nor what it
 * contains; a project's file goes by its content, so that the state does not hold where the project lies.
 */
export function uploadsOf(container: WithFiles, projectFolder: string, bind: BindText): Upload[] {
  return container.files.flatMap((file) => uploadsOfFile(container, file, projectFolder, bind));
}

/** @throws ConfigurationError when a file that a container needs is not there */
export function requireFiles(container: WithFiles, projectFolder: string): void {
  uploadsOf(container, projectFolder, () => "");
}

function uploadsOfFile(
  { key }: WithFiles,
  { target, source }: PlannedFile,
  projectFolder: string,
  bind: BindText,
): Upload[] {
  if ("content" in source) return [{ file: target, ...given(bind(source.content)), permissions: "0444" }];
  if ("hostPath" in source) {
    const sourceHash = createHash("sha256").update(read(source.hostPath, key)).digest("hex");
    return [{ file: target, source: source.hostPath, sourceHash, permissions: "0444" }];
  }
  return filesBelow(path.join(projectFolder, source.path), key).map(({ file, relative }) => ({
    file: path.posix.join(target, ...relative.split(path.sep)),
    ...givenBytes(read(file, key)),
    permissions: isExecutable(file) ? "0555" : "0444",
  }));
}

/** The provider takes an empty content for none: an empty file stands in. */
const EMPTY = { source: devNull } as const;

function given(content: pulumi.Input<string>): Pick<Upload, "content" | "source"> {
  return content === "" ? EMPTY : { content };
}

function givenBytes(content: Buffer): Pick<Upload, "contentBase64" | "source"> {
  return content.length === 0 ? EMPTY : { contentBase64: content.toString("base64") };
}

function filesBelow(place: string, key: string): { readonly file: string; readonly relative: string }[] {
  const found = statSync(place, { throwIfNoEntry: false });
  if (!found) throw missing(place, key);
  if (found.isFile()) return [{ file: place, relative: "" }];
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
    .map((file) => ({ file, relative: path.relative(place, file) }));
}

function isExecutable(file: string): boolean {
  return (statSync(file).mode & 0o100) !== 0;
}

function read(file: string, key: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    throw missing(file, key);
  }
}

function missing(file: string, key: string): ConfigurationError {
  return new ConfigurationError(`${file}: there is no such file, and "${key}" needs it`);
}
