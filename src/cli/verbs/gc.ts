import { SETTINGS_NAMESPACE } from "../../stacks/stack-settings.ts";
import { findGarbage } from "../clean-up/findings.ts";
import { removeExpired, removeListedOrphans } from "../clean-up/removal.ts";
import { asJson, describe, describeSkipped } from "../clean-up/report.ts";
import { endOrphans } from "../pulumi/lock.ts";
import { atPlaces, type PlaceChoice, placeName } from "../workspace/places.ts";
import type { Project, Target } from "../workspace/project.ts";

/**
 * The options of `nestbox gc`. With `only`, it examines the target's own stack alone; by default every stack
 * on each place.
 */
export interface CollectionOptions extends PlaceChoice {
  /** Remove what was found, instead of only listing it. */
  readonly yes?: boolean;
  readonly json?: boolean;
}

const PROTECTED = `${SETTINGS_NAMESPACE}:protectedBranches protects its branch`;

/**
 * `nestbox gc`: removes expired stacks, stacks of this project that are not in its state, and orphans of
 * killed commands. A dry run unless `yes`. Returns the exit code.
 */
export async function collect(target: Target, options: CollectionOptions): Promise<number> {
  const { yes = false, json = false, only = false } = options;
  const callerEnvironment = { ...process.env };
  const pulumi = ({ hasStacks }: Project) => hasStacks;
  const needs = { pulumi, declarations: false, plans: () => [], persistent: true };
  return atPlaces(target, options, needs, async ({ each, progress }) => {
    const found = await each(async (workspace) => {
      if (yes) endOrphans(workspace);
      const findings = await findGarbage(workspace, only ? workspace.owner : undefined);
      return { workspace, at: placeName(workspace), findings };
    });
    const notices = new Set(found.flatMap(({ findings }) => findings.notices));
    for (const notice of notices) progress.warn(notice);
    for (const { stack, reason } of found.flatMap(({ findings }) => findings.protected))
      progress.print(describeSkipped(stack, `${reason}, but ${PROTECTED}`));
    process.stdout.write(json ? `${JSON.stringify(asJson(found), null, 2)}\n` : describe(found, yes));
    if (!yes) return 0;
    const exitCodes = await each(async (workspace) => {
      const findings = found.find((one) => one.workspace === workspace)?.findings;
      const { expired = [], staleLeases = [], withOrphans = [] } = findings ?? {};
      const codes: number[] = [];
      for (const one of expired) codes.push(await removeExpired(workspace, one, callerEnvironment));
      // Before the orphans: a holder that wakes up finds its lease gone, not only its job.
      for (const lease of staleLeases) await workspace.place.leases.remove(lease);
      for (const one of withOrphans) codes.push(await removeListedOrphans(workspace, one));
      return Math.max(0, ...codes);
    });
    return Math.max(0, ...exitCodes);
  });
}
