import type { Labels } from "../../model/labels.ts";
import { reducedMtu } from "../../model/plan/place-network.ts";
import type { Plan, PlannedNetwork } from "../../model/plan/plan.ts";
import { requirePrivilege } from "../../model/plan/privilege.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { firstAddress } from "../../model/subnets.ts";
import { bridgeOptions, podmanOptions } from "./bridge-options.ts";
import { type DockerService, lowerService } from "./lower-service.ts";
import { type DockerPlacement, partLabels, partName } from "./placement.ts";

/** A sandbox on a Docker engine: bodies of the Engine API, in the order in which they are created. */
export interface DockerObjects {
  readonly networks: readonly DockerNetwork[];
  readonly volumes: readonly DockerVolume[];
  readonly services: readonly DockerService[];
}

export type DockerNetwork = DockerPart<NetworkBody>;
export type DockerVolume = DockerPart<VolumeBody>;

interface DockerPart<Body> {
  readonly key: string;
  readonly body: Body;
}

/** The body of `POST /volumes/create`. */
export interface VolumeBody {
  readonly Name: string;
  readonly Labels: Labels;
}

/** The body of `POST /networks/create`. */
export interface NetworkBody {
  readonly Name: string;
  readonly Driver: "bridge";
  readonly Internal: boolean;
  readonly IPAM: { readonly Config: readonly [{ readonly Subnet: string; readonly Gateway: string }] };
  readonly Options: Readonly<Record<string, string>>;
  readonly Labels: Labels;
}

/**
 * Lowers the plan of a sandbox to the objects of a Docker engine. Pure.
 * @throws DeclarationError for a privileged service with an image that is not allowed
 */
export function lowerToDocker(plan: Plan, placement: DockerPlacement): DockerObjects {
  requirePrivilege(plan, placement.privilegedImages);
  return {
    networks: plan.networks.map((one) => ({ key: one.key, body: networkBody(plan, one, placement) })),
    volumes: plan.volumes.map(({ key }) => ({
      key,
      body: { Name: partName(placement, key), Labels: partLabels(plan, key, "volume", placement) },
    })),
    services: plan.services.map((service) => lowerService(plan, service, placement)),
  };
}

function networkBody(plan: Plan, { key, internal }: PlannedNetwork, placement: DockerPlacement): NetworkBody {
  const subnet = placement.subnets[key];
  if (!subnet)
    throw new ConfigurationError(`${plan.sandbox}.networks.${key}: has no subnet in its placement`);
  const mtu = reducedMtu(placement.network);
  return {
    Name: partName(placement, key),
    Driver: "bridge",
    Internal: internal,
    // The engine adds a gateway by itself: an undeclared one would be a change at the next `up`.
    IPAM: { Config: [{ Subnet: subnet, Gateway: firstAddress(subnet) }] },
    Options: placement.isPodman ? podmanOptions(mtu) : bridgeOptions(internal, mtu),
    Labels: partLabels(plan, key, "network", placement),
  };
}
