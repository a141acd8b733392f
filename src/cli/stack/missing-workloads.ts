import { isPartOf } from "../../model/labels.ts";
import { ownerLabel } from "../workspace/stack-owner.ts";
import type { ClusterWorkspace } from "../workspace/workspace.ts";

/**
 * Whether a planned sandbox or service is missing from the cluster. Pulumi's state may still contain it, when
 * it was removed by hand or the cluster was replaced.
 */
export async function hasMissingWorkloads({ project, place, cluster }: ClusterWorkspace): Promise<boolean> {
  // Imported here: stacks on an engine need none of it.
  const { readServices } = await import("../../kubernetes/running-services.ts");
  const owner = ownerLabel(project, process.env);
  const [resources, services] = await Promise.all([place.readOwned(owner), readServices(cluster, owner)]);
  return project.plans.some((plan) => {
    const component = { owner, component: plan.sandbox };
    const namespace = resources.find(
      ({ kind, labels }) => kind === "namespace" && isPartOf(component, labels),
    );
    const existing = services.filter((service) => service.namespace === namespace?.name);
    return plan.services.some(({ key }) => !existing.some(({ service }) => service === key)) || !namespace;
  });
}
