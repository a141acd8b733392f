import { readFacts } from "../../docker/facts.ts";
import { LABEL } from "../../model/labels.ts";
import { withLease } from "../../ownership/lease.ts";
import { publishedPort } from "../stack/reachable-services.ts";
import { readSecrets } from "../stack/secret-values.ts";
import { withStackLock } from "../stack/stack-lock.ts";
import { ownerLabels, prolongByUse } from "../stack/stack-use.ts";
import type { EngineWorkspace } from "../workspace/workspace.ts";
import { dockerSite } from "./docker-site.ts";
import type { WithSite } from "./job-site.ts";
import { placeRunning, type SandboxChoice, useRunning } from "./running-sandbox.ts";

/**
 * The sites of jobs that run against a stack's sandbox. A lease covers each job: without it, a clean-up
 * removes the job as an orphan.
 * @throws ConfigurationError, once there is work, if the sandbox is not up
 */
export function stackSite(workspace: EngineWorkspace, choice: SandboxChoice): WithSite {
  const request = { labels: ownerLabels(workspace), covers: "work" } as const;
  return (networks, work) =>
    withLease(workspace.place.leases, request, async (lease) => {
      const running = await withStackLock(workspace, () => useRunning(workspace, choice, networks));
      const placement = await placeRunning(workspace, running);
      const site = dockerSite(workspace, choice.plan, {
        placement,
        labels: { [LABEL.lease]: lease.id },
        secrets: await readSecrets(workspace, [choice.plan]),
        lost: lease.lost,
        confirm: lease.confirm,
        reach: async () => publishedPort(await readFacts(workspace.engine), placement),
        beforeRemoval: () => prolongByUse(workspace),
      });
      return work(site);
    });
}
