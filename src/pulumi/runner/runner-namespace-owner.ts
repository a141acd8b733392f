import type { Namespace } from "kubernetes-types/core/v1.js";
import { clusterOf } from "../../kubernetes/api/cluster.ts";
import type { KubernetesContext } from "../../kubernetes/api/kubeconfig.ts";
import { readObject } from "../../kubernetes/api/objects.ts";
import { labelValue } from "../../kubernetes/lowering/object-labels.ts";
import { ConfigurationError } from "../../model/problem.ts";

/** The label of a runner's namespaces. A label `nestbox.owner` would make them subject to `gc`. */
const RUNNER_OF = "nestbox.runner-of";

/** The label by which namespaces belong to a runner's component. */
export function runnerOwnerLabel(owner: string): Readonly<Record<string, string>> {
  return { [RUNNER_OF]: labelValue(owner) };
}

/**
 * Checks that namespaces are missing or belong to this runner: Pulumi would take over, and later delete,
 * existing ones.
 * @throws ConfigurationError for a namespace of somebody else; as callKubernetes does
 */
export async function requireFreeNamespaces(
  context: KubernetesContext,
  names: readonly string[],
  owner: string,
): Promise<void> {
  const cluster = clusterOf(context, process.env);
  for (const name of names) {
    const found = await readObject<Namespace>(cluster, {
      ...{ apiVersion: "v1", kind: "Namespace", metadata: { name } },
    });
    if (found === undefined || found.metadata?.labels?.[RUNNER_OF] === labelValue(owner)) continue;
    throw new ConfigurationError(
      `namespace "${name}" exists and does not belong to this runner; declare another one, or ` +
        'access: "existing" once an administrator has applied nestbox runner manifest',
    );
  }
}
