import { parseSubnet, type TakenSubnet } from "../model/subnets.ts";
import type { EngineFacts } from "./facts.ts";

/** The subnets in use on an engine: those of its networks, and the routes of its machine outside of them. */
export function takenSubnets({
  networks,
  routes,
}: Pick<EngineFacts, "networks" | "routes">): readonly TakenSubnet[] {
  const existing = networks.flatMap(({ name, subnets }) =>
    subnets.map((subnet) => ({ subnet, owner: `network ${name}` })),
  );
  const known = existing.flatMap(({ subnet }) => parseSubnet(subnet) ?? []);
  const others = routes.filter((route) => {
    const range = parseSubnet(route);
    return range && !known.some(({ first, last }) => first <= range.first && range.last <= last);
  });
  return [...existing, ...others.map((subnet) => ({ subnet, owner: "a route of this machine" }))];
}
