import { leaseVolumes } from "../../docker/lease-volumes.ts";
import { LABEL } from "../../model/labels.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { withLease } from "../../ownership/lease.ts";
import { readSecrets } from "../stack/secret-values.ts";
import { withStackLock } from "../stack/stack-lock.ts";
import { isUp, ownerLabels, prolongByUse } from "../stack/stack-use.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { dockerSite } from "./docker-site.ts";
import type { WithSite } from "./job-site.ts";
import { placeRunning, useRunning } from "./running-sandbox.ts";

/**
 * The sites of jobs that run against a stack's sandbox. A lease covers each job: without it, a clean-up
 * removes the job as an orphan.
 * @throws ConfigurationError, once there is work, if the sandbox is not up
 */
export function stackSite(workspace: Workspace, plan: Plan): WithSite {
  const request = { labels: ownerLabels(workspace), covers: "work" } as const;
  return (networks, work) =>
    withLease(leaseVolumes(workspace.engine), request, async (lease) => {
      const facts = await withStackLock(workspace, () => useRunning(workspace, plan, networks));
      const site = dockerSite(workspace, plan, {
        placement: await placeRunning(workspace, plan, facts),
        labels: { [LABEL.lease]: lease.id },
        secrets: await readSecrets(workspace, [plan]),
        lost: lease.lost,
        confirm: lease.confirm,
        // The stack may have been removed during the job.
        beforeRemoval: async () => (await isUp(workspace)) && prolongByUse(workspace),
      });
      return work(site);
    });
}
