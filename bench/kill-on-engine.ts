import { engineHost } from "../src/docker/engine-host.ts";
import { readOwnedResources } from "../src/docker/owned-resources.ts";
import { LABEL } from "../src/model/labels.ts";
import { connect } from "./connect.ts";
import type { KillPlace } from "./kill-place.ts";
import { removeOwned } from "./remove-owned.ts";

/** The Docker engine as the place of stacks. */
export const ENGINE: KillPlace = {
  settings: {},
  kinds: ["lease", "network", "service", "volume"],
  async partsOf({ name, owner }) {
    const docker = await connect();
    const owned = await readOwnedResources(engineHost(process.env), owner);
    const [containers, networks, { Volumes: volumes }] = await Promise.all([
      docker.listContainers({ all: true }),
      docker.listNetworks(),
      docker.listVolumes(),
    ]);
    const known = new Set(owned.map((resource) => resource.name));
    const unlabelled = [
      ...containers.flatMap(({ Names }) => Names.map((each) => each.slice(1))),
      ...[...networks, ...volumes].map(({ Name }) => Name),
    ].filter((each) => each.startsWith(`${name}_`) && !known.has(each));
    return [
      ...owned.map(({ kind, name: own, labels }) => `${kind} ${own} (${labels[LABEL.kind]})`),
      ...unlabelled.map((each) => `${each} without labels`),
    ].sort();
  },
  // The unnamed volumes that the stack's containers use: they carry no label.
  async anonymousPartsOf({ owner }) {
    const filters = { label: [`${LABEL.owner}=${owner}`] };
    const containers = await (await connect()).listContainers({ all: true, filters });
    const used = containers.flatMap(({ Mounts }) => Mounts.flatMap(({ Name }) => Name ?? []));
    return used.filter((name) => /^[0-9a-f]{64}$/.test(name));
  },
  async leftOf(anonymous) {
    const { Volumes: existing } = await (await connect()).listVolumes();
    return existing.flatMap(({ Name }) => (anonymous.includes(Name) ? [`unnamed volume ${Name}`] : []));
  },
  removeOwned,
};
