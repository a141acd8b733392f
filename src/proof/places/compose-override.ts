import { composeNames } from "../../compose/compose-names.ts";
import { CERTIFICATES, commandIn, environmentIn, type PlaceNetwork } from "../../model/plan/place-network.ts";
import type { Plan, PlannedJob, PlannedService } from "../../model/plan/plan.ts";
import type { YamlValue } from "../../text/yaml.ts";

/**
 * A second compose file with what the network of this place requires. The emitted one leaves it to its users.
 * @param certificates the path of the network's certificates on the engine's host. @default none
 */
export function placeOverride(plan: Plan, network: PlaceNetwork, certificates?: string): YamlValue {
  const names = composeNames(plan);
  const trusting = (container: PlannedService | PlannedJob) =>
    container.placeCertificates &&
    certificates !== undefined && {
      environment: certificateVariables(container, network),
      volumes: [`${certificates}:${CERTIFICATES}:ro`],
    };
  const services = plan.services.map((service) => {
    const command = commandIn(network, service);
    const isChanged = command !== undefined && command !== service.command;
    return [
      names[service.key] ?? service.key,
      { ...(isChanged && { command }), ...trusting(service) },
    ] as const;
  });
  const jobs = plan.jobs.map((job) => [names[job.key] ?? job.key, { ...trusting(job) }] as const);
  const changed = [...services, ...jobs].filter(([, one]) => Object.keys(one).length > 0);
  return { services: Object.fromEntries(changed) };
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
