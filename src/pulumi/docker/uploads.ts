import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { devNull } from "node:os";
import type { types } from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { type FileToCopy, filesToCopy } from "../../docker/files-to-copy.ts";
import type { DockerContainer } from "../../docker/lowering/container.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { BindText } from "../sandbox/secrets.ts";

/** A file as an argument of @pulumi/docker. */
export type Upload = types.input.ContainerUpload;

/**
 * The files of a container as arguments of @pulumi/docker. A file of the machine is uploaded by path, to keep
 * its content out of the state. A file of the project is uploaded by content, to keep the project's folder
 * out of the state.
 * @throws ConfigurationError for a missing file, and for one that is too large for the state
 */
export function uploadsOf(
  container: Pick<DockerContainer, "key" | "files">,
  projectFolder: string,
  bind: BindText,
): Upload[] {
  return filesToCopy(container, projectFolder).map((file) => ({
    file: file.path,
    ...uploadSource(file, bind, container.key),
    permissions: `0${file.mode.toString(8)}`,
  }));
}

/** Bytes of a file. Pulumi's messages have at most 400 MiB, and there its base64 is a third larger. */
const LARGEST = 256 * 1024 ** 2;

/** An empty file: the provider ignores empty content. */
const EMPTY = { source: devNull } as const;

function uploadSource(
  { source }: FileToCopy,
  bind: BindText,
  service: string,
): Omit<Upload, "file" | "permissions"> {
  if ("content" in source) {
    const content: pulumi.Input<string> = bind(source.content);
    return content === "" ? EMPTY : { content };
  }
  if ("hostFile" in source) {
    const sourceHash = createHash("sha256").update(readFileSync(source.hostFile)).digest("hex");
    return { source: source.hostFile, sourceHash };
  }
  if (source.size > LARGEST)
    throw new ConfigurationError(
      `${source.projectFile}: has more than 256 MiB, too large for the state of a stack; ` +
        `remove it from the files of "${service}", or use an image that contains it`,
    );
  const content = readFileSync(source.projectFile);
  return content.length === 0 ? EMPTY : { contentBase64: content.toString("base64") };
}
