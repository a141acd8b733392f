import { type ComponentIdentity, isPartOf, LABEL, type Labels } from "../../model/labels.ts";
import {
  type EngineFacts,
  type ExistingContainer,
  type ExistingNetwork,
  readContainers,
  readNetworks,
} from "../facts.ts";
import type { DockerHost } from "../host.ts";
import { listVolumes } from "../listing.ts";
import { ofComponent } from "./part-container.ts";

/** What an engine has of a component. */
export interface ExistingComponent {
  readonly networks: readonly ExistingNetwork[];
  readonly volumes: readonly ExistingVolume[];
  readonly services: readonly ExistingContainer[];
  /** The containers of its jobs that run. */
  readonly jobs: readonly ExistingContainer[];
}

export interface ExistingVolume {
  readonly name: string;
  readonly labels: Labels;
}

/** The part of something that a component has, by its label. */
export function keyOf({ labels }: { readonly labels: Labels }): string {
  return labels[LABEL.part] ?? "";
}

/** Reads what an engine has of a component, and what decides on free subnets. Three requests. */
export async function readComponent(
  engine: DockerHost,
  identity: ComponentIdentity,
): Promise<{
  readonly existing: ExistingComponent;
  readonly facts: Omit<EngineFacts, "containers">;
}> {
  const filters = ofComponent(identity);
  const [facts, containers, volumes] = await Promise.all([
    readNetworks(engine),
    readContainers(engine, filters),
    listVolumes(engine, filters),
  ]);
  const ofKind = (kind: string) => containers.filter(({ labels }) => labels[LABEL.kind] === kind);
  const existing = {
    networks: facts.networks.filter(({ labels }) => isPartOf(identity, labels)),
    volumes: volumes
      .map(({ Name: name, Labels }) => ({ name, labels: Labels ?? {} }))
      // A job has a volume for files of the project.
      .filter(({ labels }) => labels[LABEL.kind] === "volume" && labels[LABEL.lease] === undefined),
    services: ofKind("service"),
    jobs: ofKind("job").filter(({ running }) => running),
  };
  return { existing, facts };
}
