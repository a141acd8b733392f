/** Why nobody was asked. */
export function notAsked(reason: string): { readonly kind: "unknown"; readonly reason: string } {
  return { kind: "unknown", reason };
}

/** Why gitlab-runner itself is not asked: it has no identity yet, and would give itself one. */
export const NEVER_STARTED = "the runner has never started";
