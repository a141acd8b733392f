import type { Duration } from "../../model/duration.ts";
import { LABEL, type Labels } from "../../model/labels.ts";
import type { PlaceNetwork } from "../../model/plan/place-network.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { Subnet } from "../../model/subnets.ts";

/** What a Docker engine adds to the plan of a sandbox: its stack, and what the engine has for it. */
export interface DockerPlacement {
  readonly owner: string;
  readonly project: string;
  readonly stack: string;
  /** The branch that the stack is for. Absent for a stack of no branch. */
  readonly branch?: string;
  /** When the sandbox was first created, in ISO 8601. */
  readonly created: string;
  readonly timeToLive: Duration | "never";
  /** The subnet of each network, by its key. */
  readonly subnets: Readonly<Record<string, Subnet>>;
  /** Images whose services may be privileged; `*` stands for any characters but `/`. */
  readonly privilegedImages: readonly string[];
  /** How often each service was replaced because it had failed, by key. @default never */
  readonly attempts?: Readonly<Record<string, number>>;
  readonly network: PlaceNetwork;
  /** The engine's own names of networks and volumes that exist, by key. @default the planned names */
  readonly existing?: {
    readonly networks: Readonly<Record<string, string>>;
    readonly volumes: Readonly<Record<string, string>>;
  };
}

/**
 * The name of a network, volume or container of the sandbox. Underscores between the parts, which have none
 * themselves: with dashes, sandbox `a-b` with part `c` and sandbox `a` with part `b-c` would share a name.
 */
export function partName({ sandbox }: Plan, key: string, { stack }: DockerPlacement): string {
  return `${stack}_${sandbox}_${key}`;
}

/** The labels of a part of the sandbox. */
export function partLabels(
  { sandbox }: Plan,
  part: string,
  kind: "network" | "volume" | "service" | "job",
  { owner, project, stack, branch, created, timeToLive }: DockerPlacement,
): Labels {
  return {
    [LABEL.owner]: owner,
    [LABEL.project]: project,
    [LABEL.stack]: stack,
    ...(branch !== undefined && { [LABEL.branch]: branch }),
    [LABEL.sandbox]: sandbox,
    [LABEL.kind]: kind,
    [LABEL.part]: part,
    [LABEL.created]: created,
    [LABEL.timeToLive]: timeToLive,
  };
}
