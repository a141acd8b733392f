import { parseSubnet, type Subnet, type TakenSubnet } from "../model/subnets.ts";
import type { EngineFacts } from "./facts.ts";

/** The subnets in use on an engine: those of its networks, and the other routes of its machine. */
export function takenSubnets({
  networks,
  routes,
}: Pick<EngineFacts, "networks" | "routes">): readonly TakenSubnet[] {
  const existing = networks.flatMap(({ name, subnets }) =>
    subnets.map((subnet) => ({ subnet, owner: `network ${name}` })),
  );
  return [...existing, ...foreignRoutes(existing, routes)];
}

/** The routes outside the engine's networks. */
function foreignRoutes(networks: readonly TakenSubnet[], routes: readonly Subnet[]): readonly TakenSubnet[] {
  const known = networks.flatMap(({ subnet }) => parseSubnet(subnet) ?? []);
  return routes
    .filter((route) => {
      const range = parseSubnet(route);
      return range && !known.some(({ first, last }) => first <= range.first && range.last <= last);
    })
    .map((subnet) => ({ subnet, owner: "a route of this machine" }));
}
