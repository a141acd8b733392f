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
import type { FreshStart } from "./fresh-sandbox.ts";
import { knowsPolicies, recordPolicies } from "./known-policies.ts";

/** @param context of the kubeconfig. Default: that of the settings */
export function freshInCluster(
  project: Project,
  plan: Plan,
  progress: Progress,
  context: string | undefined,
): FreshStart {
  const { namespacePrefix } = project.settings.kubernetes;
  return {
    target: KUBERNETES,
    ...{ plan, progress },
    start: async (secrets, interrupted) => {
      const cluster = await clusterFor(project, context);
      await removeAbandonedSandboxes({ place: clusterPlace(cluster), progress });
      const { isolation, remove, ...started } = await startInCluster({
        ...{ plan, cluster, secrets, project: project.name },
        signal: interrupted,
        knowsPolicies: knowsPolicies(cluster),
        ...(namespacePrefix !== undefined && { namespacePrefix }),
        placement: clusterPlacement(project, plan),
      });
      if (isolation === "enforced") recordPolicies(cluster);
      if (isolation === "ignored")
        progress.warn(
          `Kubernetes context "${cluster.context.name}": its network plugin ignores ` +
            "policies, so the networks of the sandbox are not isolated; use a plugin that enforces them",
        );
      const ended = new AbortController();
      const running = { ...started, secrets, interrupted, ended: ended.signal };
      return {
        site: clusterSite(project.folder, plan, running),
        remove: () => {
          ended.abort();
          return remove();
        },
      };
    },
  };
}
