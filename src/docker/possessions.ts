import type Docker from "dockerode";
import { LABEL, type Labels } from "../model/labels.ts";
import { askDocker } from "./api.ts";
import type { DockerHost } from "./host.ts";

/** Something on an engine that carries an owner's label, whosever. */
export interface Possession {
  readonly kind: "container" | "network" | "volume";
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
  /** When the engine made it, in milliseconds since 1970. */
  readonly created: number;
  /** Of a container: whether it runs. */
  readonly running: boolean;
}

/**
 * All that carries an owner's label, volumes too. Three requests.
 * @param owner whose. Default: everybody's, of which there may be hundreds of times as much
 */
export async function readPossessions(engine: DockerHost, owner?: string): Promise<readonly Possession[]> {
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
      ({ Id, Names, Labels, Created, State }): Possession => ({
        kind: "container",
        id: Id,
        name: (Names[0] ?? Id).replace(/^\//, ""),
        labels: Labels,
        created: Created * 1000,
        running: State === "running",
      }),
    ),
    ...networks.map(
      ({ Id, Name, Labels, Created }): Possession => ({
        kind: "network",
        id: Id,
        name: Name,
        labels: Labels ?? {},
        created: Date.parse(Created),
        running: false,
      }),
    ),
    ...(volumes ?? []).map(
      ({ Name, Labels, CreatedAt = "" }): Possession => ({
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

/** The engine's clock, in milliseconds since 1970: those who use it may have clocks that differ. */
export async function engineTime(engine: DockerHost): Promise<number> {
  const { SystemTime } = await askDocker<{ SystemTime: string }>(engine, "/info");
  return Date.parse(SystemTime);
}

/**
 * Those of them that were made before a moment of this machine's clock, in milliseconds since 1970: the
 * engine's clock may be another. The engine tells whole seconds of some kinds, so that what was made in the
 * same second counts as made before.
 */
export async function madeBefore(
  engine: DockerHost,
  possessions: readonly Possession[],
  moment: number,
): Promise<readonly Possession[]> {
  const offset = (await engineTime(engine)) - Date.now();
  return possessions.filter(({ created }) => created < moment + offset);
}
