import { endedServices } from "../../kubernetes/readiness/ended-services.ts";
import { watchNamespace } from "../../kubernetes/readiness/namespace-watch.ts";
import { readServices } from "../../kubernetes/running-services.ts";
import { LABEL } from "../../model/labels.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { OwnedResource } from "../../ownership/owned-resource.ts";
import type { Ownership } from "../../ownership/ownership.ts";
import { runningNamespace } from "../stack/running-component.ts";
import type { Project } from "../workspace/project.ts";
import type { ClusterWorkspace } from "../workspace/workspace.ts";
import { clusterPlacement } from "./cluster-placement.ts";
import { clusterSite } from "./cluster-site.ts";
import type { OpenSite, SandboxChoice } from "./job-site.ts";

/**
 * Finds the running sandbox of a stack in its cluster.
 * @throws ConfigurationError naming the missing services, or the component to choose
 */
export async function findInCluster(
  { owner, project, place, cluster }: ClusterWorkspace,
  { plan, component }: SandboxChoice,
): Promise<OpenSite> {
  const [resources, services] = await Promise.all([place.readOwned(owner), readServices(cluster, owner)]);
  const namespace = runningNamespace(plan.sandbox, resources, owner, component);
  const pods = Object.fromEntries(
    services.flatMap(({ service, pod, namespace: within }) =>
      within === namespace?.name && pod !== undefined ? [[service, pod]] : [],
    ),
  );
  const missing = plan.services
    .filter(({ key, completesWithin }) => completesWithin === undefined && pods[key] === undefined)
    .map(({ key }) => `service ${key}`);
  if (namespace === undefined || missing.length > 0)
    throw new ConfigurationError(
      `sandbox "${plan.sandbox}": is not up (${missing.join(", ") || "its namespace"} missing); ` +
        "run nestbox up first",
    );
  return async (use, ended) =>
    clusterSite(project.folder, plan, {
      ...{ ...use, pods, ended },
      placement: {
        ...clusterPlacement(project, plan),
        namespace: namespace.name,
        ownership: ownershipOf(namespace, project),
      },
      watch: watchNamespace(cluster, namespace.name, ended),
      earlierEnds: await endedServices(cluster, namespace.name),
    });
}

function ownershipOf({ labels }: OwnedResource, { settings: { branch, timeToLive } }: Project): Ownership {
  return {
    owner: labels[LABEL.owner] ?? "",
    project: labels[LABEL.project] ?? "",
    stack: labels[LABEL.stack] ?? "",
    branch,
    created: labels[LABEL.created] ?? "",
    timeToLive,
  };
}
