import type { PlannedContainer } from "./plan.ts";

/** Whether a container is active with these profiles. One without profiles always is. */
export function isActive(
  { profiles: own = [] }: Partial<Pick<PlannedContainer, "profiles">>,
  profiles: readonly string[],
): boolean {
  return own.length === 0 || own.some((profile) => profiles.includes(profile));
}
