import { text } from "node:stream/consumers";
import type Docker from "dockerode";
import { connect } from "../../bench/connect.ts";
import { LABEL } from "../../src/model/labels.ts";

/** The resources of an owner on the engine, sorted: a line each. */
export async function ownedBy(owner: string): Promise<readonly string[]> {
  const docker = await connect();
  const filters = { label: [`${LABEL.owner}=${owner}`] };
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ]);
  return [
    ...containers.map(({ Names, State }) => `container ${Names[0]} ${State}`),
    ...networks.map(({ Name }) => `network ${Name}`),
    ...volumes.map(({ Name }) => `volume ${Name}`),
  ].sort();
}

/** The names of all resources on the engine with this prefix, labelled or not. */
export async function namedAlike(prefix: string): Promise<readonly string[]> {
  const docker = await connect();
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listNetworks(),
    docker.listVolumes(),
  ]);
  const names = [
    ...containers.flatMap(({ Names }) => Names.map((name) => name.slice(1))),
    ...networks.map(({ Name }) => Name),
    ...volumes.map(({ Name }) => Name),
  ];
  return names.filter((name) => name.startsWith(prefix)).sort();
}

/** The inspection of a service's container. Throws unless there is exactly one. */
export async function serviceContainer(owner: string, service: string): Promise<Docker.ContainerInspectInfo> {
  const found = await serviceContainers(owner, service);
  const [container] = found;
  if (!container || found.length > 1) throw new Error(`${service} has ${found.length} containers`);
  return (await connect()).getContainer(container.Id).inspect();
}

/** The containers of a service, stopped ones too. */
export async function serviceContainers(
  owner: string,
  service: string,
): Promise<readonly Docker.ContainerInfo[]> {
  const label = [`${LABEL.owner}=${owner}`, `${LABEL.part}=${service}`, `${LABEL.kind}=service`];
  return (await connect()).listContainers({ all: true, filters: { label } });
}

/** Runs a command in a container and returns its output. */
export async function runIn(container: string, command: readonly string[]): Promise<string> {
  const docker = await connect();
  const exec = await docker
    .getContainer(container)
    .exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true, Tty: true });
  // With a terminal the output is one stream, without frames.
  return (await text(await exec.start({ Tty: true }))).replaceAll("\r\n", "\n");
}
