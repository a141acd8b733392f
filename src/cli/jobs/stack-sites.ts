import { LABEL } from "../../model/labels.ts";
import { withLease } from "../../ownership/lease.ts";
import { readSecrets } from "../stack/secret-values.ts";
import { withStackLock } from "../stack/stack-lock.ts";
import { ownerLabels, prolongByUse, renewByUse } from "../stack/stack-use.ts";
import { isInCluster, type Workspace } from "../workspace/workspace.ts";
import type { SandboxChoice, WithSite } from "./job-site.ts";

/**
 * The sites of jobs that run against a stack's sandbox, wherever that is. A lease covers each job: without
 * it, a clean-up removes the job as an orphan.
 * @throws ConfigurationError, once there is work, if the sandbox is not up
 */
export function stackSites(workspace: Workspace, choice: SandboxChoice): WithSite {
  const request = { labels: ownerLabels(workspace), covers: "work" } as const;
  return (networks, work) =>
    withLease(workspace.place.leases, request, async ({ id, lost, confirm }) => {
      // Imported here: each place needs none of the other.
      const find = async () =>
        isInCluster(workspace)
          ? (await import("./stack-site-in-cluster.ts")).findInCluster(workspace, choice)
          : (await import("./stack-site-on-docker.ts")).findOnDocker(workspace, choice, networks);
      const openSite = await withStackLock(workspace, async () => {
        const found = await find();
        // After a wait for a clean-up, the sandbox may be gone.
        return (await renewByUse(workspace)) ? find() : found;
      });
      const use = {
        ...{ lost, confirm },
        secrets: await readSecrets(workspace, [choice.plan]),
        labels: { [LABEL.lease]: id },
        afterJob: () => prolongByUse(workspace),
      };
      const ended = new AbortController();
      try {
        return await work(await openSite(use, ended.signal));
      } finally {
        ended.abort();
      }
    });
}
