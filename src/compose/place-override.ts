import { CERTIFICATES, commandIn, environmentIn, type PlaceNetwork } from "../model/plan/place-network.ts";
import { noProxyEnvironment } from "../model/plan/place-proxies.ts";
import type { Plan, PlannedJob, PlannedService } from "../model/plan/plan.ts";
import { filled, type YamlValue } from "../text/yaml.ts";
import { composeNames } from "./compose-names.ts";

/**
 * A second compose file with what the network of this place requires. The emitted one leaves it to its users.
 * @param certificates the path of the network's certificates on the engine's host. @default none
 */
export function placeOverride(plan: Plan, network: PlaceNetwork, certificates?: string): YamlValue {
  const names = composeNames(plan);
  const trusting = (container: PlannedService | PlannedJob) =>
    container.placeCertificates &&
    certificates !== undefined && { volumes: [`${certificates}:${CERTIFICATES}:ro`] };
  const placed = (container: PlannedService | PlannedJob) => {
    const environment = filled(placeVariables(plan, container, network));
    return { ...(environment && { environment }), ...trusting(container) };
  };
  const services = plan.services.map((service) => {
    const command = commandIn(network, service);
    const isChanged = command !== undefined && command !== service.command;
    return [
      names[service.key] ?? service.key,
      { ...(isChanged && { command }), ...placed(service) },
    ] as const;
  });
  const jobs = plan.jobs.map((job) => [names[job.key] ?? job.key, placed(job)] as const);
  const changed = [...services, ...jobs].filter(([, one]) => Object.keys(one).length > 0);
  return { services: Object.fromEntries(changed) };
}

/**
 * The variables of this place but for those that the container declares: where the certificates are, and what
 * is reached without the proxies that the docker command gives it.
 */
export function placeVariables(
  plan: Plan,
  container: PlannedService | PlannedJob,
  network: PlaceNetwork,
): Readonly<Record<string, string>> {
  const added = Object.keys(environmentIn(network, container)).map((name) => [name, CERTIFICATES] as const);
  const all = [...added, ...Object.entries(noProxyEnvironment(network.proxies, plan))];
  return Object.fromEntries(all.filter(([name]) => !Object.hasOwn(container.env, name)));
}
