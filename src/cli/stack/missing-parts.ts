import type { EngineFacts } from "../../docker/facts.ts";
import { hasRunner } from "../../gitlab/runner/runners.ts";
import { isPartOf, LABEL } from "../../model/labels.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { ClusterWorkspace, Workspace } from "../workspace/workspace.ts";

/**
 * Whether a planned network or service is missing from the engine. Pulumi's state may still contain it, when
 * it was removed by hand or the engine was replaced.
 */
export function hasMissingParts(
  plans: readonly Plan[],
  { networks, containers }: EngineFacts,
  owner: string,
): boolean {
  const owned = [...networks, ...containers].filter(({ labels }) => labels[LABEL.owner] === owner);
  const existing = new Set(
    owned.map(({ labels }) => partKey(labels[LABEL.component], labels[LABEL.kind], labels[LABEL.part])),
  );
  const planned = plans.flatMap(({ sandbox, networks: plannedNetworks, services }) => [
    ...plannedNetworks.map(({ key }) => partKey(sandbox, "network", key)),
    ...services.map(({ key }) => partKey(sandbox, "service", key)),
  ]);
  return planned.some((part) => !existing.has(part));
}

/** {@link hasMissingParts} for a cluster. */
export async function hasMissingWorkloads(workspace: ClusterWorkspace): Promise<boolean> {
  const { owner, project, place, cluster } = workspace;
  // Imported here: stacks on an engine need none of it.
  const { readServices } = await import("../../kubernetes/running-services.ts");
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

/** Whether the container of a configured runner is missing from the engine. */
export async function isRunnerMissing({ project, engine }: Workspace): Promise<boolean> {
  const { name, stack, runnerImages } = project;
  if (runnerImages.length === 0 || engine === undefined) return false;
  return !(await hasRunner(engine, { project: name, stack }));
}

export function partKey(...words: readonly (string | undefined)[]): string {
  return words.join(" ");
}
