import type { Plan } from "../../model/plan/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { isBySsh } from "../host.ts";
import { LOOPBACK, portAccess } from "../port-access.ts";
import type { EngineConnection } from "./connection.ts";
import { howToReach } from "./published-addresses.ts";

/**
 * The address of the engine's machine that a sandbox of this process binds its published ports to.
 * @param serves whether this process is to reach them
 * @throws ConfigurationError if it is, and does not
 */
export async function publishingAddress(
  { engine, environment }: Pick<EngineConnection, "engine" | "environment">,
  plan: Plan,
  serves = false,
): Promise<string> {
  if (plan.services.every(({ published }) => published.length === 0)) return LOOPBACK;
  const { address, host, because } = await portAccess(engine, environment);
  if (!serves || host !== undefined || isBySsh(engine)) return address;
  throw new ConfigurationError(
    `${engine.host}: this process does not reach services on this engine: ${because}; ${howToReach(engine)}`,
  );
}
