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
 * The label of the container that wrote a runner's configuration: whose. Not the label of what sandboxes own,
 * which ends with them.
 */
export const WRITTEN_FOR = "nestbox.written-for";

/** Which runner it is: of two stacks with one name on an engine, and of several in one program. */
export function writtenFor(name: string): string {
  const backend = stateAddress(configuredBackend(pulumi.getRootDirectory(), process.env));
  return `${ownerOf({ project: pulumi.getProject(), stack: pulumi.getStack(), backend })}/${name}`;
}

/** What tells files with this content from others. */
export function contentDigest(content: string): string {
  return base36Digest(content, 20);
}

/**
 * How often a runner's configuration has had to be written again because the file on its volume is not what
 * was written there: somebody has changed it, or the writing failed. Pulumi's state cannot tell; a label that
 * counts up makes it write again.
 * @param file as the container that wrote it sees it
 */
export async function timesWrittenAgain(engine: DockerHost, whose: string, file: string): Promise<number> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${WRITTEN_FOR}=${whose}`] }));
  const path = `/containers/json?all=1&filters=${filters}`;
  // The youngest comes first.
  const [writer] = await askDocker<readonly Docker.ContainerInfo[]>(engine, path);
  if (!writer) return 0;
  const times = Number(writer.Labels[LABEL.attempt] ?? 0);
  const found = await readContainerFile(engine, writer.Id, file);
  const isAsWritten = found !== undefined && contentDigest(found) === writer.Labels[LABEL.plan];
  return isAsWritten ? times : times + 1;
}
