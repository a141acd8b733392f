import { watchNamespace } from "../../kubernetes/readiness/namespace-watch.ts";
import { readServices } from "../../kubernetes/running-services.ts";
import { LABEL } from "../../model/labels.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { withLease } from "../../ownership/lease.ts";
import type { OwnedResource } from "../../ownership/owned-resource.ts";
import type { Ownership } from "../../ownership/ownership.ts";
import { runningNamespace } from "../stack/running-component.ts";
import { readSecrets } from "../stack/secret-values.ts";
import { withStackLock } from "../stack/stack-lock.ts";
import { ownerLabels, prolongByUse, renewByUse } from "../stack/stack-use.ts";
import type { ClusterWorkspace } from "../workspace/workspace.ts";
import { clusterPlacement } from "./cluster-placement.ts";
import { clusterSite } from "./cluster-site.ts";
import { forwardPorts } from "./forward-ports.ts";
import type { WithSite } from "./job-site.ts";
import type { SandboxChoice } from "./running-sandbox.ts";

/**
 * The sites of jobs that run against a stack's sandbox in a cluster. A lease covers each job: without it, a
 * clean-up removes the job as an orphan.
 * @throws ConfigurationError, once there is work, if the sandbox is not up
 */
export function stackSiteInCluster(workspace: ClusterWorkspace, choice: SandboxChoice): WithSite {
  const { place, cluster, project } = workspace;
  const { plan } = choice;
  const request = { labels: ownerLabels(workspace), covers: "work" } as const;
  return (_, work) =>
    withLease(place.leases, request, async (lease) => {
      const { namespace, pods } = await withStackLock(workspace, () => useRunning(workspace, choice));
      const ended = new AbortController();
      try {
        return await work({
          ...clusterSite(project.folder, plan, {
            placement: {
              ...clusterPlacement(project, plan),
              namespace: namespace.name,
              ownership: ownershipOf(namespace, workspace),
            },
            watch: watchNamespace(cluster, namespace.name, ended.signal),
            labels: { [LABEL.lease]: lease.id },
            secrets: await readSecrets(workspace, [plan]),
            lost: lease.lost,
            confirm: lease.confirm,
            afterJob: () => prolongByUse(workspace),
          }),
          reach: () => forwardPorts(plan, { cluster, namespace: namespace.name, pods }, ended.signal),
        });
      } finally {
        ended.abort();
      }
    });
}

/** A sandbox that is up. */
interface Running {
  readonly namespace: OwnedResource;
  /** The pods of its services, by key. */
  readonly pods: Readonly<Record<string, string>>;
}

/**
 * Renews the lease of the stack of a running sandbox. Needs the stack's lock.
 * @throws ConfigurationError naming the missing services
 */
async function useRunning(workspace: ClusterWorkspace, choice: SandboxChoice): Promise<Running> {
  const running = await requireUp(workspace, choice);
  return (await renewByUse(workspace)) ? requireUp(workspace, choice) : running;
}

async function requireUp(
  { owner, place, cluster }: ClusterWorkspace,
  { plan, component }: SandboxChoice,
): Promise<Running> {
  const [resources, services] = await Promise.all([place.readOwned(owner), readServices(cluster, owner)]);
  const namespace = runningNamespace(plan.sandbox, resources, owner, component);
  const pods = Object.fromEntries(
    services.flatMap((service) =>
      service.namespace === namespace?.name && service.pod !== undefined
        ? [[service.service, service.pod]]
        : [],
    ),
  );
  const missing = plan.services
    .filter(({ key, completesWithin }) => completesWithin === undefined && pods[key] === undefined)
    .map(({ key }) => `service ${key}`);
  if (namespace !== undefined && missing.length === 0) return { namespace, pods };
  const what = missing.join(", ") || "its namespace";
  throw new ConfigurationError(
    `sandbox "${plan.sandbox}": is not up (${what} missing); run nestbox up first`,
  );
}

function ownershipOf({ labels }: OwnedResource, { project }: ClusterWorkspace): Ownership {
  const { branch, timeToLive } = project.settings;
  return {
    owner: labels[LABEL.owner] ?? "",
    project: labels[LABEL.project] ?? "",
    stack: labels[LABEL.stack] ?? "",
    branch,
    created: labels[LABEL.created] ?? "",
    timeToLive,
  };
}
