import type { Plan, PlannedService } from "../../model/plan/plan.ts";

/**
 * The aliases of a service that are Services of the namespace. All networks share the namespace's names, so
 * an alias belongs to the first service that has it. Others do not reach a service by a name of another.
 */
export function serviceNames({ services }: Plan, { key, aliases }: PlannedService): readonly string[] {
  const owner = (alias: string) => services.find((service) => service.aliases.includes(alias))?.key;
  // Service names start with a letter: https://www.rfc-editor.org/rfc/rfc1035#section-2.3.1
  return aliases.filter((alias) => /^[a-z]/.test(alias) && owner(alias) === key);
}
