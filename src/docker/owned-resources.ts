import type Docker from "dockerode";
import { LABEL } from "../model/labels.ts";
import type { OwnedResource } from "../ownership/owned-resource.ts";
import { askDocker } from "./api.ts";
import type { DockerHost } from "./host.ts";

/**
 * All resources with an owner label. Three requests.
 * @param owner the owner. Default: all owners, which may have hundreds of times as many resources
 */
export async function readOwnedResources(
  engine: DockerHost,
  owner?: string,
): Promise<readonly OwnedResource[]> {
  const label = owner === undefined ? LABEL.owner : `${LABEL.owner}=${owner}`;
  const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    askDocker<Docker.ContainerInfo[]>(engine, `/containers/json?all=1&filters=${filters}`),
    askDocker<Docker.NetworkInspectInfo[]>(engine, `/networks?filters=${filters}`),
    askDocker<{ Volumes: (Docker.VolumeInspectInfo & { CreatedAt?: string })[] | null }>(
      engine,
      `/volumes?filters=${filters}`,
    ),
  ]);
  return [
    ...containers.map(
      ({ Id, Names, Labels, Created, State }): OwnedResource => ({
        kind: "container",
        id: Id,
        name: (Names[0] ?? Id).replace(/^\//, ""),
        labels: Labels,
        created: Created * 1000,
        running: State === "running",
      }),
    ),
    ...networks.map(
      ({ Id, Name, Labels, Created }): OwnedResource => ({
        kind: "network",
        id: Id,
        name: Name,
        labels: Labels ?? {},
        created: Date.parse(Created),
        running: false,
      }),
    ),
    ...(volumes ?? []).map(
      ({ Name, Labels, CreatedAt = "" }): OwnedResource => ({
        kind: "volume",
        id: Name,
        name: Name,
        labels: Labels ?? {},
        created: Date.parse(CreatedAt),
        running: false,
      }),
    ),
  ];
}

/** The time of the engine's clock, in milliseconds since 1970. The clocks of its clients may differ. */
export async function engineTime(engine: DockerHost): Promise<number> {
  const { SystemTime } = await askDocker<{ SystemTime: string }>(engine, "/info");
  return Date.parse(SystemTime);
}
