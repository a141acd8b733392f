import { SETTINGS_NAMESPACE } from "../../stacks/stack-settings.ts";
import { colors } from "../../terminal/colors.ts";
import { findGarbage } from "../clean-up/findings.ts";
import { removeExpired, removeListedOrphans } from "../clean-up/removal.ts";
import { asJson, describe, describeSkipped } from "../clean-up/report.ts";
import { endOrphans } from "../pulumi/end-orphans.ts";
import type { Project, Target } from "../workspace/project.ts";
import { ownerLabel } from "../workspace/stack-owner.ts";
import { withWorkspace } from "../workspace/workspace.ts";

/** The options of `nestbox gc`. */
export interface CollectionOptions {
  /** Remove what was found, instead of only listing it. @default false */
  readonly yes?: boolean;
  /** Print JSON. @default false */
  readonly json?: boolean;
  /** Examine only the target's own stack. @default false: every stack on the engine */
  readonly only?: boolean;
}

const PROTECTED = `${SETTINGS_NAMESPACE}:protectedBranches protects its branch`;

/**
 * `nestbox gc`: removes expired stacks, stacks of this project that are not in its state, and orphans of
 * killed commands. A dry run unless `yes`. Returns the exit code.
 */
export async function collect(
  target: Target,
  { yes = false, json = false, only = false }: CollectionOptions,
): Promise<number> {
  const callerEnvironment = { ...process.env };
  const pulumi = ({ hasStacks }: Project) => hasStacks;
  const needs = { pulumi, declarations: false, plans: () => [], persistent: true };
  return withWorkspace(target, needs, async (workspace) => {
    if (yes) endOrphans(workspace.project.folder, workspace.progress);
    const owner = only ? ownerLabel(workspace.project, process.env) : undefined;
    const findings = await findGarbage(workspace, owner);
    const { expired, withOrphans, notices } = findings;
    for (const notice of notices) workspace.progress.print(`${colors.yellow("!")} ${notice}`);
    for (const { stack, reason } of findings.protected)
      workspace.progress.print(describeSkipped(stack, `${reason}, but ${PROTECTED}`));
    if (json) process.stdout.write(`${JSON.stringify(asJson(findings), null, 2)}\n`);
    else process.stdout.write(describe(findings, yes));
    if (!yes) return 0;
    const exitCodes: number[] = [];
    for (const one of expired) exitCodes.push(await removeExpired(workspace, one, callerEnvironment));
    // Before the orphans: a holder that wakes up finds its lease gone, not only its job.
    for (const lease of findings.staleLeases) await workspace.place.leases.remove(lease);
    for (const one of withOrphans) exitCodes.push(await removeListedOrphans(workspace, one));
    return Math.max(0, ...exitCodes);
  });
}
