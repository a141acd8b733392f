import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { devNull } from "node:os";
import type { types } from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { type FileToCopy, filesToCopy } from "../../docker/files-to-copy.ts";
import type { DockerContainer } from "../../docker/lowering/container.ts";
import type { BindText } from "./secrets.ts";

/** A file as @pulumi/docker takes it. */
export type Upload = types.input.ContainerUpload;

/**
 * The files of a container as @pulumi/docker takes them. A file of this machine goes by its path, so that the state
 * holds neither it nor its content; a project's file goes by its content, so that the state does not hold the
 * project's folder.
 * @throws ConfigurationError for a file that does not exist
 */
export function uploadsOf(
  container: Pick<DockerContainer, "key" | "files">,
  projectFolder: string,
  bind: BindText,
): Upload[] {
  return filesToCopy(container, projectFolder).map((file) => ({
    file: file.path,
    ...uploadSource(file, bind),
    permissions: `0${file.mode.toString(8)}`,
  }));
}

/** The provider takes an empty content for none: an empty file stands in. */
const EMPTY = { source: devNull } as const;

function uploadSource({ source }: FileToCopy, bind: BindText): Omit<Upload, "file" | "permissions"> {
  if ("content" in source) {
    const content: pulumi.Input<string> = bind(source.content);
    return content === "" ? EMPTY : { content };
  }
  if ("hostFile" in source) {
    const sourceHash = createHash("sha256").update(readFileSync(source.hostFile)).digest("hex");
    return { source: source.hostFile, sourceHash };
  }
  const content = readFileSync(source.projectFile);
  return content.length === 0 ? EMPTY : { contentBase64: content.toString("base64") };
}
