import { type ComponentIdentity, isPartOf, LABEL } from "../../model/labels.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { readFacts } from "../facts.ts";
import type { DockerHost } from "../host.ts";

/**
 * The planned networks and services of a component that do not exist: "network default". Each service has a
 * container, running or not. The engine removes no volume that a container uses.
 */
export async function missingOnEngine(
  engine: DockerHost,
  plan: Plan,
  component: ComponentIdentity,
): Promise<readonly string[]> {
  const facts = await readFacts(engine);
  const existing = new Set(
    [...facts.networks, ...facts.containers]
      .filter(({ labels }) => isPartOf(component, labels))
      .map(({ labels }) => `${labels[LABEL.kind]} ${labels[LABEL.part]}`),
  );
  return partsOnEngine(plan).filter((part) => !part.startsWith("volume ") && !existing.has(part));
}

/** The networks, volumes and services of a sandbox on an engine: "service cache". */
export function partsOnEngine({ networks, volumes, services }: Plan): readonly string[] {
  return [
    ...networks.map(({ key }) => `network ${key}`),
    ...volumes.map(({ key }) => `volume ${key}`),
    ...services.map(({ key }) => `service ${key}`),
  ];
}
