import { clusterPlace } from "../../kubernetes/cluster-place.ts";
import { startInCluster } from "../../kubernetes/direct/start-in-cluster.ts";
import { KUBERNETES } from "../../kubernetes/kubernetes-support.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { Progress } from "../../terminal/progress.ts";
import { removeAbandonedSandboxes } from "../clean-up/remove-abandoned-sandboxes.ts";
import { clusterFor } from "../workspace/cluster-for.ts";
import type { Project } from "../workspace/project.ts";
import { clusterPlacement } from "./cluster-placement.ts";
import { clusterSite } from "./cluster-site.ts";
import { forwardPorts } from "./forward-ports.ts";
import type { FreshStart } from "./fresh-sandbox.ts";
import { knowsPolicies, recordPolicies } from "./known-policies.ts";

export interface FreshInCluster {
  readonly project: Project;
  readonly plan: Plan;
  readonly progress: Progress;
  /** The context of the kubeconfig. @default that of the settings */
  readonly context?: string | undefined;
}

export function freshInCluster(fresh: FreshInCluster): FreshStart {
  const { project, plan, progress } = fresh;
  const { namespacePrefix } = project.settings.kubernetes;
  return {
    target: KUBERNETES,
    ...{ plan, progress },
    start: async (secrets, interrupted) => {
      const cluster = await clusterFor(project, fresh.context);
      await removeAbandonedSandboxes({ place: clusterPlace(cluster), progress });
      const started = await startInCluster({
        ...{ plan, cluster, secrets, project: project.name },
        signal: interrupted,
        knowsPolicies: knowsPolicies(cluster),
        ...(namespacePrefix !== undefined && { namespacePrefix }),
        placement: clusterPlacement(project, plan),
      });
      const { placement, watch, pods, isolation, lost, confirm, remove } = started;
      if (isolation === "enforced") recordPolicies(cluster);
      if (isolation === "ignored")
        progress.warn(
          `Kubernetes context "${cluster.context.name}": its network plugin ignores ` +
            "policies, so the networks of the sandbox are not isolated; use a plugin that enforces them",
        );
      const ended = new AbortController();
      const site = clusterSite(project.folder, plan, {
        ...{ placement, watch, secrets, lost, confirm, interrupted },
      });
      const { namespace } = placement;
      return {
        site: { ...site, reach: () => forwardPorts(plan, { cluster, namespace, pods }, ended.signal) },
        remove: () => {
          ended.abort();
          return remove();
        },
      };
    },
  };
}
