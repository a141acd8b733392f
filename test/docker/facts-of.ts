import type { EngineFacts, ExistingContainer, ExistingNetwork } from "../../src/docker/facts.ts";
import { LABEL, type Labels } from "../../src/model/labels.ts";
import type { Subnet } from "../../src/model/subnets.ts";

/** Labels of a part of the sandbox `snake` on the stack `dev`, except where a test says otherwise. */
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
    [LABEL.kind]: kind,
    [LABEL.part]: part,
    [LABEL.created]: "2026-11-23T10:00:00Z",
    [LABEL.timeToLive]: "never",
    ...others,
  };
}

/** A network as the engine shows it. */
export function existingNetwork(name: string, subnet: Subnet, labels: Labels = {}): ExistingNetwork {
  return { id: `id-of-${name}`, name, subnets: [subnet], labels };
}

/**
 * A container as the engine shows it: one that runs and has no healthcheck, except where a test says
 * otherwise.
 */
export function existingContainer(
  name: string,
  labels: Labels,
  others: Partial<ExistingContainer> = {},
): ExistingContainer {
  return {
    id: `id-of-${name}`,
    name,
    image: "redis:7-alpine",
    labels,
    running: true,
    networks: [],
    publishedPorts: [],
    ...others,
  };
}

/** What is on an engine, except for what a test does not care about. */
export function factsOf(facts: Partial<EngineFacts>): EngineFacts {
  return { networks: [], containers: [], routes: [], ...facts };
}
