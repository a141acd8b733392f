import type { Plan } from "../../model/plan/plan.ts";
import type { Ownership } from "../../ownership/ownership.ts";
import { readFacts } from "../facts.ts";
import { filesToCopy } from "../files-to-copy.ts";
import { isOnThisMachine } from "../host.ts";
import { lowerToDocker } from "../lowering/lower-sandbox.ts";
import { mountedFoldersOn } from "../mounted-folders.ts";
import { LOOPBACK, portAccess } from "../port-access.ts";
import type { EngineConnection } from "./connection.ts";
import { placeComponents } from "./place-components.ts";
import { checkPorts } from "./published-ports.ts";

/**
 * Checks that sandboxes fit the engine: subnets, privileges, files, fixed ports. Creates nothing.
 * @throws ConfigurationError for the first mistake, and DeclarationError naming each taken port
 */
export async function checkOnEngine(
  connection: EngineConnection,
  plans: readonly Plan[],
  ownership: Ownership,
): Promise<void> {
  const { engine, projectFolder, ...settings } = connection;
  const facts = await readFacts(engine);
  const components = plans.map((plan) => ({
    ...{ component: plan.sandbox, plan },
    ...mountedFoldersOn(engine, plan, projectFolder),
  }));
  const placements = placeComponents({ ...settings, ownership, facts, components });
  for (const [index, plan] of plans.entries()) {
    const placement = placements[index];
    const services = placement === undefined ? [] : lowerToDocker(plan, placement).services;
    for (const service of services) filesToCopy(service, projectFolder);
  }
  await checkPorts(plans, facts, ownership.owner, () => isLoopbackShared(connection));
}

/** Whether programs of this process's machine compete with the engine for ports of the loopback. */
async function isLoopbackShared({ engine, environment }: EngineConnection): Promise<boolean> {
  return isOnThisMachine(engine) && (await portAccess(engine, environment)).host === LOOPBACK;
}
