import type {
  EngineFacts,
  ExistingContainer,
  ExistingNetwork,
  PublishedPort,
} from "../../src/docker/facts.ts";
import { LABEL, type Labels } from "../../src/model/labels.ts";
import type { Subnet } from "../../src/model/subnets.ts";

/** Labels of a part, by default of the sandbox `snake` on the stack `dev`. */
export function labelsOf(
  owner: string,
  kind: "network" | "service" | "job",
  part: string,
  others: Labels = {},
): Labels {
  return {
    [LABEL.owner]: owner,
    [LABEL.project]: "example",
    [LABEL.stack]: "dev",
    [LABEL.sandbox]: "snake",
    [LABEL.component]: "snake",
    [LABEL.kind]: kind,
    [LABEL.part]: part,
    [LABEL.created]: "2026-11-23T10:00:00Z",
    [LABEL.timeToLive]: "never",
    ...others,
  };
}

/** A network in the facts about an engine. */
export function existingNetwork(name: string, subnet: Subnet, labels: Labels = {}): ExistingNetwork {
  return { name, subnets: [subnet], labels, internal: false, options: {} };
}

/** A container in the facts about an engine, by default running and without a healthcheck. */
export function existingContainer(
  name: string,
  labels: Labels,
  others: Partial<ExistingContainer> = {},
): ExistingContainer {
  return {
    id: `id-of-${name}`,
    name,
    labels,
    running: true,
    networks: [],
    volumes: [],
    publishedPorts: [],
    ...others,
  };
}

/** Facts about an engine, by default empty. */
export function factsOf(facts: Partial<EngineFacts>): EngineFacts {
  return { networks: [], containers: [], routes: [], isPodman: false, ...facts };
}

/** A published TCP port of a container, by default on the loopback. */
export function publishedPort(container: number, host: number, address = "127.0.0.1"): PublishedPort {
  return { container, host, address, protocol: "tcp" };
}
