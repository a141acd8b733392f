import { createServer } from "node:net";
import { engineHost } from "../../docker/engine-host.ts";
import type { EngineFacts } from "../../docker/facts.ts";
import { isOnThisMachine } from "../../docker/host.ts";
import { LABEL } from "../../model/labels.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { DeclarationError, type Problem } from "../../model/problem.ts";

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
  const wanted = plans.flatMap((plan) =>
    plan.services.flatMap((service) =>
      service.published.flatMap(({ host, container }) =>
        host === undefined ? [] : [{ plan, service, host, container }],
      ),
    ),
  );
  const problems = await Promise.all(
    wanted.map(async ({ plan, service, host, container }): Promise<readonly Problem[]> => {
      const holder = facts.containers.find(({ publishedPorts }) =>
        publishedPorts.some((port) => port.host === host),
      );
      const isOwned = holder?.labels[LABEL.owner] === owner && holder.labels[LABEL.part] === service.key;
      if (isOwned || (!holder && (!isHere || (await isFree(host))))) return [];
      const path = `${plan.sandbox}.services.${service.key}.publish[${container}]`;
      const who = holder ? ` by container ${holder.name}` : "";
      return [
        {
          path,
          message: `port ${host} is taken${who}; choose another port, or publish: true for a free one`,
        },
      ];
    }),
  );
  if (problems.flat().length > 0) throw new DeclarationError(problems.flat());
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once("error", () => resolve(false))
      .once("listening", () => server.close(() => resolve(true)))
      .listen(port, "127.0.0.1");
  });
}
