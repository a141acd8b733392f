import { composeNames } from "../../compose/compose-names.ts";
import { CERTIFICATES, commandIn, environmentIn, type PlaceNetwork } from "../../model/plan/place-network.ts";
import type { Plan, PlannedJob, PlannedService } from "../../model/plan/plan.ts";
import { filled, type YamlValue } from "../../text/yaml.ts";

/**
 * A second compose file with what the network of this place requires. The emitted one leaves it to its users.
 * @param certificates the path of the network's certificates on the engine's host. @default none
 */
export function placeOverride(plan: Plan, network: PlaceNetwork, certificates?: string): YamlValue {
  const names = composeNames(plan);
  const entries = [...plan.services, ...plan.jobs].map(
    (container) =>
      [names[container.key] ?? container.key, filled(entry(container, network, certificates))] as const,
  );
  return { services: Object.fromEntries(entries) };
}

function entry(
  container: PlannedService | PlannedJob,
  network: PlaceNetwork,
  certificates: string | undefined,
): Readonly<Record<string, YamlValue>> {
  const command = "script" in container ? undefined : commandIn(network, container);
  const isChanged = command !== undefined && !("script" in container) && command !== container.command;
  return {
    ...(isChanged && { command }),
    ...(container.placeCertificates &&
      certificates !== undefined && {
        environment: certificateVariables(container, network),
        volumes: [`${certificates}:${CERTIFICATES}:ro`],
      }),
  };
}

/** The variables that name the certificates, but for those that the container declares. */
export function certificateVariables(
  container: PlannedService | PlannedJob,
  network: PlaceNetwork,
): Readonly<Record<string, string>> {
  const added = Object.entries(environmentIn(network, container));
  return Object.fromEntries(
    added.filter(([name]) => !Object.hasOwn(container.env, name)).map(([name]) => [name, CERTIFICATES]),
  );
}
