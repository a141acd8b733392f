import type { Sandbox } from "../model/declaration/sandbox.ts";
import { plan } from "../model/plan/plan-sandbox.ts";
import { ConfigurationError } from "../model/problem.ts";

/**
 * Checks profiles that were named on the command line; `all` is one.
 * @throws ConfigurationError for a profile that the sandbox does not declare
 */
export function requireProfiles(sandbox: Sandbox, profiles: readonly string[]): void {
  const { profiles: known } = plan(sandbox, { profiles: "all" });
  const unknown = profiles.find((profile) => profile !== "all" && !known.includes(profile));
  if (unknown === undefined) return;
  throw new ConfigurationError(
    `no profile "${unknown}" in sandbox "${sandbox.name}"; it has ${known.join(", ") || "none"}`,
  );
}
