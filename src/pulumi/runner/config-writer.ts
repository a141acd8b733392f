import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { readContainerFile } from "../../docker/container-file.ts";
import type { DockerHost } from "../../docker/host.ts";
import { listContainers } from "../../docker/listing.ts";
import { LABEL } from "../../model/labels.ts";
import { base36Digest } from "../../model/names.ts";
import { ownerOf } from "../../stacks/stack-identity.ts";
import { ownerlessLabels } from "../docker/label-list.ts";
import { readyGate } from "../docker/ready-gate.ts";
import { explainOn } from "../program-error.ts";
import { programIdentity } from "../program-identity.ts";

/** What a runner's configuration is written with. Clients of the engine can read its files: no secrets. */
export interface WrittenConfig {
  /** An image with a shell. */
  readonly image: pulumi.Input<string>;
  /** The name of the volume to write to. */
  readonly volume: pulumi.Input<string>;
  /** The content of config.toml. */
  readonly config: pulumi.Output<string>;
  /** The contents of the files that it names, by their own names. They are written first. */
  readonly others: Readonly<Record<string, pulumi.Input<string>>>;
  readonly engine: pulumi.Output<DockerHost>;
}

/**
 * The label for the owner of a config writer: the stack's owner and the runner's name, unique on the engine.
 * The label `nestbox.owner` would make the container subject to `gc`.
 */
const WRITTEN_FOR = "nestbox.written-for";
const CONFIG_FILE = "config.toml";
const NEW_FILES = "/new";
/** The mount point of the volume in the container. */
const VOLUME = "/written";
/**
 * Copies each file to a temporary name and renames it, so that readers never see a part of a file.
 * gitlab-runner detects a change by the modification time, which is now for a copy, but 1970 for an upload.
 */
const WRITE =
  `for file do cp "${NEW_FILES}/$file" "${VOLUME}/.$file.new" ` +
  `&& mv "${VOLUME}/.$file.new" "${VOLUME}/$file" || exit; done`;

/**
 * Writes the configuration of a runner to a volume by a short-lived container. A changed configuration
 * replaces that container, while the runner's keeps running.
 * @returns the container, after it has succeeded
 */
export function writeConfig(
  runner: string,
  { image, volume, config, others, engine }: WrittenConfig,
  options: pulumi.CustomResourceOptions,
): pulumi.Output<docker.Container> {
  const name = `${runner}-config-writer`;
  const owner = `${ownerOf(programIdentity())}/${runner}`;
  const attempt = engine.apply((host) => rewriteCount(host, owner).catch(explainOn(host)));
  const files = Object.entries({ ...others, [CONFIG_FILE]: config });
  const container = new docker.Container(
    name,
    {
      image,
      entrypoints: ["/bin/sh", "-c", WRITE, "write"],
      command: files.map(([file]) => file),
      networkMode: "none",
      mounts: [{ type: "volume", source: volume, target: VOLUME }],
      uploads: files.map(([file, content]) => ({ file: `${NEW_FILES}/${file}`, content })),
      labels: [
        ...ownerlessLabels("runner-config", runner),
        { label: WRITTEN_FOR, value: owner },
        { label: LABEL.plan, value: config.apply(contentDigest) },
        { label: LABEL.attempt, value: attempt.apply(String) },
      ],
      mustRun: false,
    },
    // Otherwise a container that failed to start counts as created, and no input changes at the next `up`.
    { ...options, replaceOnChanges: ["#initerror"] },
  );
  const place = `${name}: the configuration of the runner could not be written`;
  return readyGate({ place, container, readiness: { kind: "completed", within: "1m" }, engine });
}

/**
 * The number of times that a runner's configuration was rewritten. It grows if the file on the volume differs
 * from the written one, after a manual change or a failed write, which Pulumi's state does not record.
 * As a label, a new number makes Pulumi replace the config writer.
 */
async function rewriteCount(engine: DockerHost, owner: string): Promise<number> {
  const [writer] = await listContainers(engine, { label: [`${WRITTEN_FOR}=${owner}`] });
  if (!writer) return 0;
  const times = Number(writer.Labels[LABEL.attempt] ?? 0);
  const found = await readContainerFile(engine, writer.Id, `${VOLUME}/${CONFIG_FILE}`);
  const isAsWritten = found !== undefined && contentDigest(found) === writer.Labels[LABEL.plan];
  return isAsWritten ? times : times + 1;
}

function contentDigest(content: string): string {
  return base36Digest(content, 20);
}
