import type Docker from "dockerode";
import { LABEL } from "../sandboxes/model/labels.ts";

/** Removes everything that carries the owner's label: containers first, then what they used. Gives the names of what it removed, but for the life of the stack. */
export async function removeLeftovers(docker: Docker, owner: string): Promise<readonly string[]> {
  const filters = { label: [`${LABEL.owner}=${owner}`] };
  const containers = await docker.listContainers({ all: true, filters });
  await Promise.all(containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
  const networks = await docker.listNetworks({ filters });
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  await Promise.all([
    ...networks.map(({ Id }) => docker.getNetwork(Id).remove()),
    ...volumes.map(({ Name }) => docker.getVolume(Name).remove()),
  ]);
  return [
    ...containers.map(({ Names, Id }) => `container ${(Names[0] ?? Id).replace(/^\//, "")}`),
    ...networks.map(({ Name }) => `network ${Name}`),
    ...volumes.filter(({ Labels }) => Labels?.[LABEL.kind] !== "life").map(({ Name }) => `volume ${Name}`),
  ];
}
