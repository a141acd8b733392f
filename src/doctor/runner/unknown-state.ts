/** The state of something that was not checked, with the reason. */
export function unknownState(reason: string): { readonly kind: "unknown"; readonly reason: string } {
  return { kind: "unknown", reason };
}

/** Until its first start gitlab-runner has no identity, and `gitlab-runner verify` would create one. */
export const NEVER_STARTED = "the runner has never started";
