import { engineHost } from "../src/docker/engine-host.ts";
import { readOwnedResources } from "../src/docker/owned-resources.ts";
import { removeOwned } from "../src/docker/remove-owned.ts";
import { LABEL } from "../src/model/labels.ts";
import { connect } from "./connect.ts";
import type { KillPlace, StackOnPlace } from "./kill-place.ts";

/** The Docker engine as the place of stacks. */
export const ENGINE: KillPlace = {
  settings: {},
  kinds: ["lease", "network", "service", "volume"],
  partsOf,
  anonymousPartsOf,
  leftOf,
  removeOwned,
};

async function partsOf({ name, owner }: StackOnPlace): Promise<readonly string[]> {
  const docker = await connect();
  const owned = await readOwnedResources(engineHost(), owner);
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listNetworks(),
    docker.listVolumes(),
  ]);
  const isOurs = (text: string) => text.startsWith(`${name}_`);
  const named = [
    ...containers.flatMap(({ Names }) => Names.map((each) => each.slice(1)).filter(isOurs)),
    ...networks.map(({ Name }) => Name).filter(isOurs),
    ...volumes.map(({ Name }) => Name).filter(isOurs),
  ];
  const known = new Set(owned.map((resource) => resource.name));
  return [
    ...owned.map(({ kind, name: own, labels }) => `${kind} ${own} (${labels[LABEL.kind]})`),
    ...named.filter((each) => !known.has(each)).map((each) => `${each} without labels`),
  ].sort();
}

/** The unnamed volumes that the stack's containers use: they carry no label. */
async function anonymousPartsOf({ owner }: StackOnPlace): Promise<readonly string[]> {
  const filters = { label: [`${LABEL.owner}=${owner}`] };
  const containers = await (await connect()).listContainers({ all: true, filters });
  const used = containers.flatMap(({ Mounts }) => Mounts.flatMap(({ Name }) => Name ?? []));
  return used.filter((name) => /^[0-9a-f]{64}$/.test(name));
}

async function leftOf(volumes: readonly string[]): Promise<readonly string[]> {
  const { Volumes: existing } = await (await connect()).listVolumes();
  return existing.flatMap(({ Name }) => (volumes.includes(Name) ? [`unnamed volume ${Name}`] : []));
}
