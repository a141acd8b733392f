import { LABEL } from "../../model/labels.ts";
import { withLease } from "../../ownership/lease.ts";
import { readSecrets } from "../stack/secret-values.ts";
import { withStackLock } from "../stack/stack-lock.ts";
import { isUp, ownerLabels, prolongByUse, renewByUse } from "../stack/stack-use.ts";
import { isInCluster, type Workspace } from "../workspace/workspace.ts";
import type { OpenSite, SandboxChoice, WithSite } from "./job-site.ts";

/**
 * The sites of jobs that run against a stack's sandbox, wherever that is. A lease covers each job: without
 * it, a clean-up removes the job as an orphan.
 * @throws ConfigurationError, once there is work, if the sandbox is not up
 */
export async function stackSites(workspace: Workspace, choice: SandboxChoice): Promise<WithSite> {
  const find = await finderOn(workspace, choice);
  const request = { labels: ownerLabels(workspace), covers: "work" } as const;
  return (networks, work) =>
    withLease(workspace.place.leases, request, async ({ id, lost, confirm }) => {
      const openSite = await withStackLock(workspace, async () => {
        const found = await find(networks);
        // After a wait for a clean-up, the sandbox may be gone.
        return (await renewByUse(workspace)) ? find(networks) : found;
      });
      const ended = new AbortController();
      try {
        const site = await openSite(
          {
            secrets: await readSecrets(workspace, [choice.plan]),
            labels: { [LABEL.lease]: id },
            ...{ lost, confirm },
            // The stack may have been removed during the job.
            afterJob: async () => (await isUp(workspace)) && prolongByUse(workspace),
          },
          ended.signal,
        );
        return await work(site);
      } finally {
        ended.abort();
      }
    });
}

/** What finds the sandbox on its place, with the networks of these keys. */
async function finderOn(
  workspace: Workspace,
  choice: SandboxChoice,
): Promise<(networks: readonly string[]) => Promise<OpenSite>> {
  // Imported here: each place needs none of the other.
  if (isInCluster(workspace)) {
    const { findInCluster } = await import("./stack-site-in-cluster.ts");
    return () => findInCluster(workspace, choice);
  }
  const { findOnDocker } = await import("./stack-site-on-docker.ts");
  return (networks) => findOnDocker(workspace, choice, networks);
}
