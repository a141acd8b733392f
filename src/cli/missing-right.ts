import { KubernetesForbidden } from "../kubernetes/api/cluster-error.ts";
import { needsRights } from "../kubernetes/rights/rights.ts";

/**
 * The same error; a missing right in a cluster names the verb that needs it, unless it already does.
 * @param verb `pulumi` for `up` and `down` of a stack
 */
export function withVerb(error: unknown, verb: string): unknown {
  if (!(error instanceof KubernetesForbidden) || error.context.verb !== undefined || !needsRights(verb))
    return error;
  return new KubernetesForbidden(error.problem, { ...error.context, verb });
}
