import type { Plan, PlannedService } from "../../model/plan/plan.ts";

/**
 * The aliases of a service that are Services of the namespace. All networks share the namespace's names, so
 * an alias belongs to the first service that has it. Others do not reach a service by a name of another.
 */
export function serviceNames({ services }: Plan, { key }: PlannedService): readonly string[] {
  const taken = new Set<string>();
  for (const service of services) {
    const own = service.aliases.filter((alias) => isServiceName(alias) && !taken.has(alias));
    if (service.key === key) return own;
    for (const alias of own) taken.add(alias);
  }
  return [];
}

/** Service names start with a letter: https://www.rfc-editor.org/rfc/rfc1035#section-2.3.1 */
function isServiceName(alias: string): boolean {
  return /^[a-z]/.test(alias);
}
