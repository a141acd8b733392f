import { problemsAt } from "../../model/check-values.ts";
import type { PlannedService } from "../../model/plan/plan.ts";
import { imageMatches } from "../../model/plan/privilege.ts";
import type { Problem } from "../../model/problem.ts";
import type { Runner } from "../../model/runner/runner.ts";
import type { JobToEmit } from "./job-to-emit.ts";

/** What a job needs that a pod of a runner's Kubernetes executor does not have. Each message is a clause. */
export function* podNeeds(
  toEmit: JobToEmit,
  { privilegedServices = [] }: Pick<Runner, "privilegedServices">,
): Iterable<Problem> {
  yield* sharedPorts(toEmit);
  // Each service of such a runner is privileged, so gitlab-runner refuses all that are not listed.
  if (privilegedServices.length > 0) yield* unlistedServices(toEmit, privilegedServices);
}

/** The ports that two services of a job have, which share the network of its pod. */
export function* sharedPorts({ plan, services }: JobToEmit): Iterable<Problem> {
  const owners = new Map<string, string>();
  for (const service of services) {
    const at = problemsAt(`${plan.sandbox}.services.${service.key}`);
    for (const { property, port } of portsOf(service)) {
      const owner = owners.get(`${property} ${port}`);
      if (owner === undefined) owners.set(`${property} ${port}`, service.key);
      else yield at(property, `${port} is a port of "${owner}", too, and services share their ports`);
    }
  }
}

function* unlistedServices(
  { plan, services }: JobToEmit,
  privilegedServices: readonly string[],
): Iterable<Problem> {
  for (const { key, image } of services)
    if (!privilegedServices.some((pattern) => imageMatches(pattern, image)))
      yield problemsAt(`${plan.sandbox}.services.${key}`)(
        "image",
        `"${image}" would be privileged, too, beside a privileged service`,
      );
}

function portsOf({ ports, udpPorts = [] }: PlannedService) {
  return [
    ...ports.map((port) => ({ property: "ports", port })),
    ...udpPorts.map((port) => ({ property: "udpPorts", port })),
  ];
}
