import { EngineRefused, unlessGone } from "../docker-engine.ts";
import {
  flag,
  listOf,
  optional,
  type RecordOf,
  record,
  required,
  setOf,
  text,
  textMap,
} from "../property-shapes.ts";
import { inputsAsSeen, property, sameProperty } from "../property-table.ts";
import { definedOnly, type Properties } from "../property-values.ts";
import type { ResourceType, Work } from "../resource-type.ts";
import { removeOnceUnused } from "./removal.ts";

const properties = {
  attachable: property(flag({ default: false }), "replaces"),
  driver: property(text({ default: "bridge" }), "replaces"),
  ingress: property(flag({ default: false }), "replaces"),
  internal: property(flag({ default: false }), "replaces"),
  ipamConfigs: property(
    listOf(
      record({
        subnet: optional(text()),
        gateway: optional(text()),
        ipRange: optional(text()),
        auxAddress: optional(textMap),
      }),
    ),
    "replaces",
  ),
  ipamDriver: property(text({ default: "default" }), "replaces"),
  ipamOptions: property(textMap, "replaces"),
  ipv6: property(flag({ default: false }), "replaces"),
  labels: property(setOf(record({ label: required(text()), value: required(text()) })), "replaces"),
  name: property(text(), "replaces"),
  options: property(textMap, "replaces"),
} as const;

type NetworkInputs = RecordOf<typeof properties>;

/** The answer of NetworkInspect. */
interface InspectedNetwork {
  readonly Id: string;
  readonly Name: string;
  readonly Scope: string;
  readonly Driver: string;
  readonly Internal: boolean;
  readonly Attachable: boolean;
  readonly Ingress: boolean;
  readonly EnableIPv6: boolean;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly Options?: Readonly<Record<string, string>> | null;
  readonly IPAM?: {
    readonly Driver?: string;
    readonly Options?: Readonly<Record<string, string>> | null;
    readonly Config?: readonly AddressRange[] | null;
  };
  readonly Containers?: Readonly<Record<string, { readonly Name: string }>> | null;
}

interface AddressRange {
  readonly Subnet?: string;
  readonly Gateway?: string;
  readonly IPRange?: string;
  readonly AuxiliaryAddresses?: Readonly<Record<string, string>> | null;
}

/** A network that could not be made. The message names it. */
export class NetworkFailed extends Error {
  override readonly name = "NetworkFailed";
}

/** docker:index/network:Network */
export const network: ResourceType = {
  table: properties,
  computed: ["driver", "internal", "ipamConfigs", "name", "options", "scope"],
  completed: [],
  autoNamed: true,
  problems: () => [],
  impossibleInPlace: () => [],
  replacesByDeletingFirst: (before, after) => sameProperty(properties, "name", before.name, after.name),

  async create(work, inputs) {
    const body = networkBody(inputs as NetworkInputs);
    const { Id } = await work.engine
      .request<{ Id: string }>({ method: "POST", path: "/networks/create", body })
      .catch((error: unknown) => {
        if (!(error instanceof EngineRefused)) throw error;
        throw new NetworkFailed(`network ${inputs.name}: ${error.message}`);
      });
    const seen = await inspectNetwork(work, Id);
    return { id: Id, outputs: seen === undefined ? inputs : networkOutputs(inputs, seen) };
  },

  async read(work, id, said) {
    const seen = await inspectNetwork(work, id);
    if (seen === undefined) return undefined;
    const inputs = inputsAsSeen(properties, seenProperties(seen, said as NetworkInputs | undefined), said);
    return { id: seen.Id, inputs, outputs: networkOutputs(inputs, seen) };
  },

  // Every property of a network replaces it.
  update: async (_work, id, _before, after) => ({ id, outputs: after }),

  delete: removeNetwork,
};

function networkBody(inputs: NetworkInputs): object {
  const { name, driver, internal, attachable, ingress, ipv6, labels = [], options } = inputs;
  return definedOnly({
    Name: name,
    // Engines before API 1.44 would otherwise make a second network of the same name.
    CheckDuplicate: true,
    Driver: driver || "bridge",
    Internal: internal,
    Attachable: attachable,
    Ingress: ingress,
    EnableIPv6: ipv6,
    Labels: Object.fromEntries(labels.map(({ label, value }) => [label, value])),
    Options: options,
    IPAM: definedOnly({
      Driver: inputs.ipamDriver || "default",
      Options: inputs.ipamOptions,
      Config: inputs.ipamConfigs?.map(({ subnet, gateway, ipRange, auxAddress }) =>
        definedOnly({ Subnet: subnet, Gateway: gateway, IPRange: ipRange, AuxiliaryAddresses: auxAddress }),
      ),
    }),
  });
}

function seenProperties(seen: InspectedNetwork, said: NetworkInputs | undefined): Properties {
  return {
    attachable: seen.Attachable,
    driver: seen.Driver,
    ingress: seen.Ingress,
    internal: seen.Internal,
    // Without a wish the engine picks a subnet, and without one for the gateway it picks that.
    ipamConfigs:
      said !== undefined && said.ipamConfigs === undefined
        ? undefined
        : seenRanges(seen).map((range, index) => {
            const saysGateway = said?.ipamConfigs?.[index]?.gateway !== undefined;
            return definedOnly({
              ...range,
              gateway: said === undefined || saysGateway ? range.gateway : undefined,
            });
          }),
    ipamDriver: seen.IPAM?.Driver,
    ipamOptions: seen.IPAM?.Options ?? {},
    ipv6: seen.EnableIPv6,
    labels: Object.entries(seen.Labels ?? {}).map(([label, value]) => ({ label, value })),
    name: seen.Name,
    options: seenOptions(seen, said),
  };
}

/** An engine adds its own MTU to the options of new networks. */
const addedByTheEngine = "com.docker.network.driver.mtu";

function seenOptions({ Options }: InspectedNetwork, said: NetworkInputs | undefined): Properties {
  const { [addedByTheEngine]: mtu, ...options } = Options ?? {};
  const isSaid = said?.options?.[addedByTheEngine] !== undefined;
  return isSaid ? { ...options, [addedByTheEngine]: mtu } : options;
}

function networkOutputs(inputs: Properties, seen: InspectedNetwork): Properties {
  return {
    driver: seen.Driver,
    internal: seen.Internal,
    ipamConfigs: seenRanges(seen).map(definedOnly),
    options: seen.Options ?? {},
    ...inputs,
    name: seen.Name,
    scope: seen.Scope,
  };
}

function seenRanges({ IPAM }: InspectedNetwork) {
  return (IPAM?.Config ?? []).map(({ Subnet, Gateway, IPRange, AuxiliaryAddresses }) => ({
    subnet: Subnet || undefined,
    gateway: Gateway || undefined,
    ipRange: IPRange || undefined,
    auxAddress: AuxiliaryAddresses ?? undefined,
  }));
}

async function removeNetwork(work: Work, id: string, { name }: Properties): Promise<void> {
  await removeOnceUnused(work, {
    description: `network ${name}`,
    remedy: "docker network disconnect them",
    remove: () => work.engine.request({ method: "DELETE", path: `/networks/${id}` }),
    async users() {
      const containers = (await inspectNetwork(work, id))?.Containers ?? {};
      return Object.entries(containers).map(([id, { Name }]) => ({ id, name: Name }));
    },
  });
}

function inspectNetwork({ engine }: Work, id: string): Promise<InspectedNetwork | undefined> {
  return unlessGone(engine.request({ method: "GET", path: `/networks/${encodeURIComponent(id)}` }));
}
