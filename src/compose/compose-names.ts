import type { Plan } from "../model/plan/plan.ts";

/**
 * The names of a plan's services and jobs in a compose file, by key. In Compose both are services, reachable
 * by name. A key that is also an alias of another service therefore gets a suffix.
 */
export function composeNames({ services, jobs }: Plan): Readonly<Record<string, string>> {
  const aliases = services.flatMap(({ key, aliases: names }) => names.map((alias) => ({ alias, key })));
  const taken = new Set([...services.map(({ key }) => key), ...aliases.map(({ alias }) => alias)]);
  const nameOf = (key: string, isTaken: boolean, suffix: string): string => {
    let name = isTaken ? `${key}-${suffix}` : key;
    while (name !== key && taken.has(name)) name += `-${suffix}`;
    taken.add(name);
    return name;
  };
  const isAliasOfAnother = (key: string) => aliases.some((other) => other.alias === key && other.key !== key);
  return Object.fromEntries([
    ...services.map(({ key }) => [key, nameOf(key, isAliasOfAnother(key), "service")]),
    ...jobs.map(({ key }) => [key, nameOf(key, taken.has(key), "job")]),
  ]);
}
