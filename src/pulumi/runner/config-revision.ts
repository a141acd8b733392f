import { readContainerFile } from "../../docker/container-file.ts";
import type { DockerHost } from "../../docker/host.ts";
import { listContainers } from "../../docker/listing.ts";
import { LABEL } from "../../model/labels.ts";
import { base36Digest } from "../../model/names.ts";
import { ownerOf } from "../../stacks/stack-identity.ts";
import { programIdentity } from "../program-identity.ts";

/**
 * The label for the owner of a config writer, a container that wrote a runner's configuration. The label
 * `nestbox.owner` would make the container subject to `gc`.
 */
export const WRITTEN_FOR = "nestbox.written-for";

/** The owner of a runner's configuration, unique on the engine: the stack's owner and the runner's name. */
export function runnerOwner(name: string): string {
  return `${ownerOf(programIdentity())}/${name}`;
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
  const [writer] = await listContainers(engine, { label: [`${WRITTEN_FOR}=${owner}`] });
  if (!writer) return 0;
  const times = Number(writer.Labels[LABEL.attempt] ?? 0);
  const found = await readContainerFile(engine, writer.Id, file);
  const isAsWritten = found !== undefined && contentDigest(found) === writer.Labels[LABEL.plan];
  return isAsWritten ? times : times + 1;
}
