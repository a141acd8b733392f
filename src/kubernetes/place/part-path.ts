import type { Plan } from "../../model/plan/plan.ts";

/** A service or job of a sandbox in errors: `shop.services.cache`. */
export function partPath({ sandbox, jobs }: Plan, part: string): string {
  return `${sandbox}.${jobs.some(({ key }) => key === part) ? "jobs" : "services"}.${part}`;
}
