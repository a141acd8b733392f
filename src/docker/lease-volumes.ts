import { randomBytes } from "node:crypto";
import { LABEL, type Labels } from "../model/labels.ts";
import type { LeaseStore, StoredLease } from "../ownership/lease-store.ts";
import { createEmptyVolume, removeVolume } from "./empty-volume.ts";
import { engineTime } from "./engine-clock.ts";
import type { DockerHost } from "./host.ts";
import { listVolumes } from "./listing.ts";

/**
 * The leases on an engine: empty volumes. Docker never changes a label, so a renewal creates a new volume and
 * then removes the old one. The younger counts.
 */
export function leaseVolumes(engine: DockerHost): LeaseStore {
  return {
    now: () => engineTime(engine),
    precision: 0,
    list: (owner) => readVolumes(engine, owner),
    create: async (first) => {
      let name = await createVolume(engine, first);
      return {
        renew: async (labels) => {
          const before = name;
          name = await createVolume(engine, labels);
          return removeVolume(engine, before);
        },
        remove: async () => {
          await removeVolume(engine, name);
        },
      };
    },
    remove: async ({ name }) => {
      await removeVolume(engine, name);
    },
  };
}

async function createVolume(engine: DockerHost, labels: Labels): Promise<string> {
  const { [LABEL.stack]: stack, [LABEL.covers]: covers } = labels;
  const name = `${stack}_${covers}-lease-${randomBytes(5).toString("hex")}`;
  await createEmptyVolume(engine, name, labels);
  return name;
}

async function readVolumes(engine: DockerHost, owner: string | undefined): Promise<readonly StoredLease[]> {
  const ofOwner = owner === undefined ? [] : [`${LABEL.owner}=${owner}`];
  const volumes = await listVolumes(engine, { label: [`${LABEL.kind}=lease`, ...ofOwner] });
  return volumes.map(({ Name, Labels: labels }) => ({ id: Name, name: Name, labels: labels ?? {} }));
}
