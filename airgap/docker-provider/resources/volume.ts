import { unlessGone } from "../docker-engine.ts";
import { type RecordOf, record, refused, required, setOf, text, textMap } from "../property-shapes.ts";
import { inputsAsSeen, property, sameProperty } from "../property-table.ts";
import { definedOnly } from "../property-values.ts";
import type { ResourceType, Work } from "../resource-type.ts";
import { removeOnceUnused, type User } from "./removal.ts";

const properties = {
  cluster: refused,
  driver: property(text({ default: "local" }), "replaces"),
  driverOpts: property(textMap, "replaces"),
  labels: property(setOf(record({ label: required(text()), value: required(text()) })), "replaces"),
  name: property(text(), "replaces"),
} as const;

type VolumeInputs = RecordOf<typeof properties>;

/** The answer of VolumeInspect. */
interface InspectedVolume {
  readonly Name: string;
  readonly Driver: string;
  readonly Mountpoint: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly Options?: Readonly<Record<string, string>> | null;
}

/** docker:index/volume:Volume */
export const volume: ResourceType = {
  table: properties,
  computed: ["driver", "mountpoint", "name"],
  completed: [],
  autoNamed: true,
  problems: () => [],
  impossibleInPlace: () => [],
  replacesByDeletingFirst: (before, after) => sameProperty(properties, "name", before.name, after.name),

  async create({ engine }, inputs) {
    const { name, driver, driverOpts, labels = [] } = inputs as VolumeInputs;
    const body = definedOnly({
      Name: name,
      Driver: driver || undefined,
      DriverOpts: driverOpts,
      Labels: Object.fromEntries(labels.map(({ label, value }) => [label, value])),
    });
    const made = await engine.request<InspectedVolume>({ method: "POST", path: "/volumes/create", body });
    return {
      id: made.Name,
      outputs: { ...inputs, driver: made.Driver, mountpoint: made.Mountpoint, name: made.Name },
    };
  },

  async read({ engine }, id, said) {
    const path = `/volumes/${encodeURIComponent(id)}`;
    const seen = await unlessGone(engine.request<InspectedVolume>({ method: "GET", path }));
    if (seen === undefined) return undefined;
    const actual = {
      driver: seen.Driver,
      driverOpts: seen.Options ?? {},
      labels: Object.entries(seen.Labels ?? {}).map(([label, value]) => ({ label, value })),
      name: seen.Name,
    };
    const inputs = inputsAsSeen(properties, actual, said);
    return {
      id: seen.Name,
      inputs,
      outputs: { ...inputs, driver: seen.Driver, mountpoint: seen.Mountpoint, name: seen.Name },
    };
  },

  // Every property of a volume replaces it.
  update: async (_work, id, _before, after) => ({ id, outputs: after }),

  async delete(work, id) {
    await removeOnceUnused(work, {
      description: `volume ${id}`,
      remedy: "mount another volume there",
      remove: () => work.engine.request({ method: "DELETE", path: `/volumes/${encodeURIComponent(id)}` }),
      users: () => containersWith(work, id),
    });
  },
};

async function containersWith({ engine }: Work, volume: string): Promise<readonly User[]> {
  const containers = await engine.request<readonly { Id: string; Names: readonly string[] }[]>({
    method: "GET",
    path: "/containers/json",
    query: { all: true, filters: JSON.stringify({ volume: [volume] }) },
  });
  return containers.map(({ Id, Names }) => ({ id: Id, name: Names[0]?.slice(1) ?? Id }));
}
