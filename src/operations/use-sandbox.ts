import type { Sandbox } from "../model/declaration/sandbox.ts";
import { isPartOf, LABEL } from "../model/labels.ts";
import type { Plan } from "../model/plan/plan.ts";
import { servingHost } from "../model/plan/serve-host.ts";
import { ConfigurationError } from "../model/problem.ts";
import { withLease } from "../ownership/lease.ts";
import type { Workspace } from "../project/workspace.ts";
import type { WithSandbox } from "../sandbox/jobs/run-jobs.ts";
import { SETTINGS_NAMESPACE } from "../stacks/stack-settings.ts";
import { timed } from "../timings/timings.ts";
import { readSecrets } from "./stack/secret-values.ts";
import { withStackLock } from "./stack/stack-lock.ts";
import { ownerLabels, prolongByUse, renewByUse } from "./stack/stack-use.ts";

/** A sandbox that is up. */
export interface SandboxChoice {
  readonly plan: Plan;
  /** The component that has it. @default the one that is named after it, else the only one */
  readonly component?: string | undefined;
  /** Whether the work needs the values of its secrets. @default true */
  readonly needsSecrets?: boolean;
  /**
   * Whether all of its services must run. Otherwise it is found while another command brings it up, too.
   * @default true
   */
  readonly whole?: boolean;
}

/**
 * The plan of a declared sandbox as it is up: with the profiles of the settings, and reachable from this
 * machine if it is up without a stack.
 */
export function planInUse({ project }: Pick<Workspace, "project">, { name }: Pick<Sandbox, "name">): Plan {
  const plan = project.plans.find(({ sandbox }) => sandbox === name);
  if (plan === undefined)
    throw new ConfigurationError(
      `${project.settingsFile}: ${SETTINGS_NAMESPACE}:sandboxes does not list "${name}"; ` +
        "add it, then run nestbox up, or add --fresh",
    );
  if (project.hasStacks) return plan;
  const { jobs, images, builds } = plan;
  return { ...servingHost(plan), jobs, images, builds };
}

/** Whether a component of the workspace's owner has anything on its place. */
export async function hasParts(
  { place, owner }: Pick<Workspace, "place" | "owner">,
  component: string,
): Promise<boolean> {
  const owned = await place.readOwned(owner);
  return owned.some(({ labels }) => isPartOf({ owner, component }, labels));
}

/**
 * Works with a sandbox of the workspace that is up, wherever that is. A lease covers the work: without it, a
 * clean-up removes its jobs as orphans.
 * @throws ConfigurationError, once there is work, if the sandbox is not up
 */
export function sandboxInUse(workspace: Workspace, choice: SandboxChoice): WithSandbox {
  const { plan, component, needsSecrets = true, whole = true } = choice;
  const { place, owner } = workspace;
  return (networks, work) =>
    withLease(place.leases, { labels: ownerLabels(workspace), covers: "work" }, async (lease) => {
      const secrets = needsSecrets ? await readSecrets(workspace, [plan]) : {};
      const { id, lost, confirm } = lease;
      const afterJob = () => prolongByUse(workspace);
      const use = { lost, confirm, labels: { [LABEL.lease]: id }, afterJob };
      const find = () => place.find({ plan, owner, component, networks, secrets, use, whole });
      const findRenewed = async () => {
        const found = await find();
        if (!(await renewByUse(workspace))) return found;
        // It waited for a clean-up: the sandbox may be gone.
        found.close();
        return find();
      };
      const sandbox = await timed(workspace.timings, { part: "sandbox", step: "find" }, () =>
        whole ? withStackLock(workspace, findRenewed) : findRenewed(),
      );
      try {
        return await work(sandbox);
      } finally {
        sandbox.close();
      }
    });
}
