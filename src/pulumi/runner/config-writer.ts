import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { DockerHost } from "../../docker/host.ts";
import { LABEL } from "../../model/labels.ts";
import { readyGate } from "../docker/ready-gate.ts";

/** A file to write to a volume. */
export interface WrittenFile {
  readonly name: string;
  /** Not a secret: clients of the engine can read it. */
  readonly content: pulumi.Input<string>;
}

/** The arguments of {@link writeFiles}. */
export interface WriteFilesArgs {
  /** An image with a shell. */
  readonly image: pulumi.Input<string>;
  /** The name of the volume to write to. */
  readonly volume: pulumi.Input<string>;
  /** The files, in the order of writing. */
  readonly files: readonly WrittenFile[];
  /** A change writes the files again. */
  readonly attempt: pulumi.Input<number>;
  readonly labels: docker.types.input.ContainerLabel[];
  readonly engine: pulumi.Output<DockerHost>;
}

const NEW_FILES = "/new";
/** The mount point of the volume in the container. */
export const VOLUME = "/written";
/**
 * Copies each file to a temporary name and renames it, so that readers never see a part of a file.
 * gitlab-runner detects a change by the modification time, which is now for a copy, but 1970 for an upload.
 */
const WRITE =
  `for file do cp "${NEW_FILES}/$file" "${VOLUME}/.$file.new" ` +
  `&& mv "${VOLUME}/.$file.new" "${VOLUME}/$file" || exit; done`;

/**
 * Writes files to a volume by a short-lived container. Changed files replace that container, while the
 * containers that use the volume keep running.
 * @returns the container, after it has succeeded
 */
export function writeFiles(
  name: string,
  { image, volume, files, attempt, labels, engine }: WriteFilesArgs,
  options: pulumi.CustomResourceOptions,
): pulumi.Output<docker.Container> {
  const container = new docker.Container(
    name,
    {
      image,
      entrypoints: ["/bin/sh", "-c", WRITE, "write"],
      command: files.map((file) => file.name),
      networkMode: "none",
      mounts: [{ type: "volume", source: volume, target: VOLUME }],
      uploads: files.map((file) => ({ file: `${NEW_FILES}/${file.name}`, content: file.content })),
      labels: [...labels, { label: LABEL.attempt, value: pulumi.output(attempt).apply(String) }],
      mustRun: false,
    },
    // Otherwise a container that failed to start counts as created, and no input changes at the next `up`.
    { ...options, replaceOnChanges: ["#initerror"] },
  );
  const place = `${name}: the configuration of the runner could not be written`;
  return readyGate({ place, container, readiness: { kind: "completed", within: "1m" }, engine });
}
