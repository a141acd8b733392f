import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { LABEL } from "../../model/labels.ts";
import { readyGate } from "../docker/ready-gate.ts";

export interface WrittenFile {
  readonly name: string;
  /** No secret: whoever asks the engine sees it. */
  readonly content: pulumi.Input<string>;
}

export interface WriteFilesArgs {
  /** An image with a shell. */
  readonly image: pulumi.Input<string>;
  /** The name of the volume to write to. */
  readonly volume: pulumi.Input<string>;
  /** In this order. */
  readonly files: readonly WrittenFile[];
  /** Another number writes them again. */
  readonly attempt: pulumi.Input<number>;
  readonly labels: docker.types.input.ContainerLabel[];
}

const NEW_FILES = "/new";
/** The volume, as the container sees it. */
export const VOLUME = "/written";
/**
 * Under another name until it is whole, so that nobody reads half a file. A copy's time is now, by which
 * gitlab-runner sees a change; an upload's is 1970.
 */
const WRITE = `for file do cp "${NEW_FILES}/$file" "${VOLUME}/.$file.new" && mv "${VOLUME}/.$file.new" "${VOLUME}/$file" || exit; done`;

/**
 * Writes files to a volume, by a container that runs as long as that takes. Other files make another such
 * container, and those that use the volume go on running.
 * @returns the container, once it has succeeded
 */
export function writeFiles(
  name: string,
  { image, volume, files, attempt, labels }: WriteFilesArgs,
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
    // Without it one that could not start would count as made: there is nothing in its inputs that the next
    // `up` would change.
    { ...options, replaceOnChanges: ["#initerror"] },
  );
  const place = `${name}: the runner's configuration could not be written`;
  return readyGate({ place, container, readiness: { kind: "completed", within: "1m" } });
}
