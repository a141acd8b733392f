import type Docker from "dockerode";
import { LABEL } from "../model/labels.ts";
import { ConfigurationError } from "../model/problem.ts";
import type { OwnedResource } from "../ownership/owned-resource.ts";
import type { DockerHost } from "./host.ts";
import { containerName, listContainers } from "./listing.ts";

/** A network or volume to remove is used by containers of another owner. */
export class UsedByOthers extends ConfigurationError {
  override readonly name = "UsedByOthers";
}

/**
 * Refuses to remove networks and volumes that containers of other owners use. Pulumi's provider would retry
 * for half a minute, and its error does not name the containers.
 * @throws UsedByOthers naming each container and a remedy
 */
export async function requireNoOtherUsers(
  engine: DockerHost,
  resources: readonly OwnedResource[],
  owner: string,
): Promise<void> {
  const used = await Promise.all(
    resources
      .filter(({ kind }) => kind !== "container")
      .map(async (resource) => {
        const { kind, id } = resource;
        // Stopped containers block the removal of a volume alone.
        const all = await listContainers(engine, { [kind]: [id] }, { all: kind === "volume" });
        const users = all.filter(({ Labels }) => Labels[LABEL.owner] !== owner);
        return users.length === 0 ? [] : [describeUse(resource, users)];
      }),
  );
  const messages = used.flat();
  if (messages.length > 0) throw new UsedByOthers(messages.join("\n"));
}

/** The containers that use a network or volume, and the remedy. */
export function describeUse(
  { kind, name }: Pick<OwnedResource, "kind" | "name">,
  users: readonly Docker.ContainerInfo[],
): string {
  const names = users.map(containerName);
  const remedies = [
    ...names.map((user) => `docker rm -f ${user}`),
    ...(kind === "network" ? names.map((user) => `docker network disconnect ${name} ${user}`) : []),
  ];
  return (
    `${kind} ${name}: used by ${names.join(", ")} of another owner; run ` +
    `${remedies.join(", or ")}, then repeat the command`
  );
}
