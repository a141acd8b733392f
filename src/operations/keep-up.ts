import type { Duration } from "../model/duration.ts";
import type { Plan } from "../model/plan/plan.ts";
import { servingHost } from "../model/plan/serve-host.ts";
import { withLease } from "../ownership/lease.ts";
import type { Workspace } from "../project/workspace.ts";
import { interruptible } from "../sandbox/invocation.ts";
import type { Changes } from "../sandbox/place.ts";
import { isUp, renewAfterRemoval } from "../stacks/stack-lease.ts";
import { timed, timingsAbout, timingsOf } from "../timings/timings.ts";
import { removeAbandonedSandboxes } from "./clean-up/remove-abandoned-sandboxes.ts";
import { withStackLock } from "./stack/stack-lock.ts";
import { renewalOf, reportWait } from "./stack/stack-use.ts";

export interface KeepOptions {
  /** Their end from now. @default the time to live of the settings, and never nearer than it was */
  readonly timeToLive?: Duration | "never" | undefined;
  /** The values of the secrets of each plan, by name. */
  readonly secrets: readonly Readonly<Record<string, string>>[];
  /** Whether volumes that differ or are no longer declared are removed. @default false */
  readonly removesVolumes?: boolean;
}

/**
 * Brings sandboxes up without a stack, so that they stay until their end. Other sandboxes of the checkout are
 * left alone.
 * @throws ServicesFailed; ConfigurationError for a mistake that the user has to correct
 */
export function keepUp(
  workspace: Workspace,
  plans: readonly Plan[],
  { timeToLive, secrets, removesVolumes = false }: KeepOptions,
): Promise<void> {
  const { place, owner, ownership, progress, timings, project } = workspace;
  const served = plans.map(servingHost);
  return withStackLock(workspace, async () => {
    await timed(timings, { part: "orphans", step: "remove" }, () => removeAbandonedSandboxes(workspace));
    await place.check(served, ownership);
    const renewal = { ...renewalOf(workspace), ...(timeToLive !== undefined && { timeToLive }) };
    const mode = timeToLive === undefined ? "use" : "exactly";
    // The end may come before the sandbox is up: another command then leaves it to the work under way.
    const working = { labels: renewal.labels, covers: "work" } as const;
    await withLease(place.leases, working, async ({ lost }) => {
      // The lease first: whoever cleans up finds it before the first resource.
      const { lease } = await renewAfterRemoval(place, renewal, mode, () => reportWait(workspace));
      const keep = (plan: Plan, index: number) =>
        interruptible(workspace, (signal) =>
          progress.step(`sandbox ${plan.sandbox}`, async (step) => {
            const changes = await place.keep({
              ...{ plan, ownership, progress, removesVolumes },
              timings: timingsAbout(timingsOf(timings, plan.sandbox), {
                ...{ sandbox: plan.sandbox, target: project.settings.target },
              }),
              signal: AbortSignal.any([signal, lost]),
              secrets: secrets[index] ?? {},
              onChanges: (planned) => announce(plan, planned, progress.print),
            });
            step.result(describeChanges(changes));
          }),
        );
      try {
        for (const [index, plan] of served.entries()) await keep(plan, index);
      } catch (error) {
        // The first error counts, whether or not the place still answers.
        if (!(await isUp(place, owner).catch(() => true))) await lease?.remove();
        throw error;
      }
    });
  });
}

/** Says what is about to be replaced or removed, which may lose data. */
function announce({ sandbox }: Plan, { replaced, removed, left }: Changes, print: (text: string) => void) {
  const lines = [
    ...(replaced.length > 0 ? [`replaces ${replaced.join(", ")}`] : []),
    ...(removed.length > 0 ? [`removes ${removed.join(", ")}`] : []),
    ...(left.length > 0 ? [`keeps ${left.join(", ")}, no longer declared; remove with --volumes`] : []),
  ];
  for (const line of lines) print(`… sandbox ${sandbox}: ${line}`);
}

function describeChanges({ created, replaced, removed }: Changes): string {
  const counts = [
    [created.length, "created"],
    [replaced.length, "replaced"],
    [removed.length, "removed"],
  ] as const;
  return (
    counts.flatMap(([count, word]) => (count > 0 ? [`${count} ${word}`] : [])).join(", ") ||
    "nothing to change"
  );
}
