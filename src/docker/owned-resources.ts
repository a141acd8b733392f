import type Docker from "dockerode";
import { LABEL } from "../model/labels.ts";
import type { OwnedResource } from "../ownership/owned-resource.ts";
import { askDocker } from "./api.ts";
import type { DockerHost } from "./host.ts";
import { containerName, filterQuery, listContainers, listVolumes } from "./listing.ts";

/**
 * All resources with an owner label. Three requests.
 * @param owner the owner. Default: all owners, which may have hundreds of times as many resources
 */
export async function readOwnedResources(
  engine: DockerHost,
  owner?: string,
): Promise<readonly OwnedResource[]> {
  const label = owner === undefined ? LABEL.owner : `${LABEL.owner}=${owner}`;
  const filters = { label: [label] };
  const [containers, networks, volumes] = await Promise.all([
    listContainers(engine, filters),
    askDocker<Docker.NetworkInspectInfo[]>(engine, `/networks?${filterQuery(filters)}`),
    listVolumes(engine, filters),
  ]);
  return [
    ...containers.map((one) => ({
      ...{ kind: "container" as const, id: one.Id, name: containerName(one), labels: one.Labels },
      created: one.Created * 1000,
      running: one.State === "running",
    })),
    ...networks.map(({ Id: id, Name: name, Labels, Created }) => ({
      ...{ kind: "network" as const, id, name, labels: Labels ?? {} },
      created: Date.parse(Created),
      running: false,
    })),
    ...volumes.map(({ Name: name, Labels, CreatedAt = "" }) => ({
      ...{ kind: "volume" as const, id: name, name, labels: Labels ?? {} },
      created: Date.parse(CreatedAt),
      running: false,
    })),
  ];
}
