import { LABEL, type Labels } from "../../model/labels.ts";
import type { PlaceNetwork } from "../../model/plan/place-network.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { Subnet } from "../../model/subnets.ts";
import { type Ownership, ownershipLabels } from "../../ownership/ownership.ts";

/** The real paths on this machine of folders of the project, by their paths in the declaration. */
export type MountedFolders = Readonly<Record<string, string>>;

/** The placement of a sandbox on a Docker engine: its stack, its subnets and existing resources. */
export interface DockerPlacement extends Ownership {
  readonly component: string;
  /** The subnet of each network, by its key. */
  readonly subnets: Readonly<Record<string, Subnet>>;
  /** Images of services that may be privileged; `*` matches any characters but `/`. */
  readonly privilegedImages: readonly string[];
  /** The number of replacements of each failed service, by key. @default none */
  readonly attempts?: Readonly<Record<string, number>>;
  readonly network: PlaceNetwork;
  /** The address of the engine's machine that ports are bound to. @default its loopback */
  readonly publishedAt?: string;
  /** Whether the engine is Podman. @default false */
  readonly isPodman?: boolean;
  /** The real paths of the project's folders that services mount, by declared path. @default none */
  readonly mountedFolders?: MountedFolders;
  /** The id of the lease that the sandbox ends with. @default none: it belongs to a stack */
  readonly lease?: string;
  /** The engine's own names of networks and volumes that exist, by key. @default the planned names */
  readonly existing?: {
    readonly networks: Readonly<Record<string, string>>;
    readonly volumes: Readonly<Record<string, string>>;
  };
}

/**
 * The name of a network, volume or container of the component. Its underscores keep names unique: with
 * dashes, component `a-b` with part `c` and component `a` with part `b-c` would share a name.
 */
export function partName(
  { stack, component }: Pick<DockerPlacement, "stack" | "component">,
  key: string,
): string {
  return `${stack}_${component}_${key}`;
}

export function partLabels(
  { sandbox }: Plan,
  part: string,
  kind: "network" | "volume" | "service" | "job",
  placement: DockerPlacement,
): Labels {
  const { component, created, timeToLive, lease } = placement;
  return {
    ...ownershipLabels(placement),
    [LABEL.sandbox]: sandbox,
    [LABEL.component]: component,
    [LABEL.kind]: kind,
    [LABEL.part]: part,
    [LABEL.created]: created,
    [LABEL.timeToLive]: timeToLive,
    ...(lease !== undefined && { [LABEL.lease]: lease }),
  };
}
