import * as pulumi from "@pulumi/pulumi";
import type Docker from "dockerode";
import { askDocker } from "../../docker/api.ts";
import { readContainerFile } from "../../docker/container-file.ts";
import type { DockerHost } from "../../docker/host.ts";
import { LABEL } from "../../model/labels.ts";
import { base36Digest } from "../../model/names.ts";
import { configuredBackend } from "../../stacks/configured-backend.ts";
import { ownerOf } from "../../stacks/stack-identity.ts";
import { stateAddress } from "../../stacks/state-backend.ts";

/**
 * The label for the owner of a config writer, a container that wrote a runner's configuration. The label
 * `nestbox.owner` would make the container subject to `gc`.
 */
export const WRITTEN_FOR = "nestbox.written-for";

/** The owner of a runner's configuration, unique on the engine: the stack's owner and the runner's name. */
export function runnerOwner(name: string): string {
  const backend = stateAddress(configuredBackend(pulumi.getRootDirectory(), process.env));
  return `${ownerOf({ project: pulumi.getProject(), stack: pulumi.getStack(), backend })}/${name}`;
}

/** A digest of a file's content. */
export function contentDigest(content: string): string {
  return base36Digest(content, 20);
}

/**
 * The number of times that a runner's configuration was rewritten. It grows if the file on the volume differs
 * from the written one, after a manual change or a failed write, which Pulumi's state does not record.
 * As a label, a new number makes Pulumi replace the config writer.
 * @param file the path in the config writer
 */
export async function rewriteCount(engine: DockerHost, owner: string, file: string): Promise<number> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${WRITTEN_FOR}=${owner}`] }));
  const path = `/containers/json?all=1&filters=${filters}`;
  // The newest container comes first.
  const [writer] = await askDocker<readonly Docker.ContainerInfo[]>(engine, path);
  if (!writer) return 0;
  const times = Number(writer.Labels[LABEL.attempt] ?? 0);
  const found = await readContainerFile(engine, writer.Id, file);
  const isAsWritten = found !== undefined && contentDigest(found) === writer.Labels[LABEL.plan];
  return isAsWritten ? times : times + 1;
}
