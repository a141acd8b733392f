import { problemsAt } from "../../model/check-values.ts";
import type { PlannedService } from "../../model/plan/plan.ts";
import type { Problem } from "../../model/problem.ts";
import type { JobToEmit } from "./job-to-emit.ts";

/**
 * The ports that two services of a job have, which share the network of its pod on the Kubernetes executor.
 * Each message is a clause.
 */
export function* podNeeds({ plan, services }: JobToEmit): Iterable<Problem> {
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

function portsOf({ ports, udpPorts = [] }: PlannedService) {
  return [
    ...ports.map((port) => ({ property: "ports", port })),
    ...udpPorts.map((port) => ({ property: "udpPorts", port })),
  ];
}
