import { needsRights, RIGHTS } from "../../kubernetes/rights/rights.ts";
import { roleManifest } from "../../kubernetes/rights/role-manifest.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { Invocation } from "../../sandbox/invocation.ts";
import { readSetting } from "../../stacks/stack-settings.ts";

/** The options of `nestbox cluster rights`, which its help describes. */
export interface RightsOptions {
  readonly namespace?: string;
}

/**
 * `nestbox cluster rights [VERB]`: prints the ClusterRole with what a verb needs, for an administrator; with
 * `--namespace` the Role for sandboxes inside one that exists.
 * @throws ConfigurationError for a verb that needs no rights, and for a name that no namespace has
 */
export async function printClusterRights(
  verb: string | undefined,
  { namespace }: RightsOptions,
  { stdout }: Pick<Invocation, "stdout">,
): Promise<number> {
  if (verb !== undefined && !needsRights(verb))
    throw new ConfigurationError(
      `nestbox cluster rights: "${verb}" needs no rights in a cluster; use one of ` +
        Object.keys(RIGHTS).join(", "),
    );
  if (namespace !== undefined) readSetting("kubernetes", { namespace }, "--namespace");
  stdout.write(roleManifest(verb, namespace));
  return 0;
}
