import { createServer } from "node:net";
import { engineHost } from "../../docker/engine-host.ts";
import type { EngineFacts } from "../../docker/facts.ts";
import { isOnThisMachine } from "../../docker/host.ts";
import { isPartOf, LABEL } from "../../model/labels.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { type Problem, requireNone } from "../../model/problem.ts";

/**
 * Checks that the fixed published ports of services are free. Listeners other than containers are visible
 * only if the engine runs on this machine.
 * @param isHere whether it does. Default: as for the engine in the environment
 * @throws DeclarationError naming each taken port, and the container that publishes it
 */
export async function checkPorts(
  plans: readonly Plan[],
  facts: EngineFacts,
  owner: string,
  isHere: boolean = isOnThisMachine(engineHost()),
): Promise<void> {
  const services = plans.flatMap((plan) => plan.services.map((service) => ({ ...service, plan })));
  const problems: Problem[] = [];
  for (const { plan, key, published } of services) {
    for (const { host, container } of published) {
      if (host === undefined) continue;
      const holder = facts.containers.find(({ publishedPorts }) =>
        publishedPorts.some((port) => port.host === host),
      );
      const isOwned =
        holder !== undefined &&
        isPartOf({ owner, component: plan.sandbox }, holder.labels) &&
        holder.labels[LABEL.part] === key;
      if (isOwned || (!holder && (!isHere || (await isFree(host))))) continue;
      const who = holder ? ` by container ${holder.name}` : "";
      const message = `port ${host} is taken${who}; choose another port, or publish: true for a free one`;
      problems.push({ path: `${plan.sandbox}.services.${key}.publish[${container}]`, message });
    }
  }
  requireNone(problems);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once("error", () => resolve(false))
      .once("listening", () => server.close(() => resolve(true)))
      .listen(port, "127.0.0.1");
  });
}
