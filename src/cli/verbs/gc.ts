import path from "node:path";
import { connect } from "../../docker/client.ts";
import { removeParts } from "../../docker/leftovers.ts";
import { configuredBackend } from "../../stacks/configured-backend.ts";
import { SETTINGS_NAMESPACE } from "../../stacks/settings.ts";
import { colors } from "../../terminal/colors.ts";
import { look } from "../clean-up/findings.ts";
import { removeDoomed, removeOrphans } from "../clean-up/removal.ts";
import { asJson, describe, leftAlone } from "../clean-up/report.ts";
import { requireMeansThatOutliveJob } from "../workspace/ci-job.ts";
import { findProject, type Place } from "../workspace/project.ts";
import { ownerLabel } from "../workspace/stack-plan.ts";
import { withWorkspace } from "../workspace/workspace.ts";

/** How cleaning up is wanted. */
export interface CollectionOptions {
  /** Removes; otherwise only says what would be removed. @default false */
  readonly yes?: boolean;
  readonly json?: boolean;
  /** Looks at the place's own stack alone. @default false: at every stack on the engine */
  readonly only?: boolean;
}

const PROTECTED = `${SETTINGS_NAMESPACE}:protectedBranches protects its branch`;

/**
 * `nestbox gc`: removes the stacks whose time is over, what carries this project's labels though its state
 * does not know the stack, and of the other stacks what commands have left that were killed. A dry run unless
 * `yes`. Gives the exit code.
 */
export async function collect(
  place: Place,
  { yes = false, json = false, only = false }: CollectionOptions,
): Promise<number> {
  const outside = { ...process.env };
  requireMeansThatOutliveJob(configuredBackend(findProject(path.resolve(place.project)), outside), outside);
  const needs = { pulumi: true, declarations: false, plans: () => [] };
  return withWorkspace(place, needs, async (workspace) => {
    const owner = only ? ownerLabel(workspace.project, process.env) : undefined;
    const findings = await look(workspace, owner);
    const { doomed, littered, spared, problem } = findings;
    if (problem !== undefined) workspace.progress.print(`${colors.yellow("!")} ${problem}`);
    for (const { stack, reason } of spared)
      workspace.progress.print(leftAlone(stack, `${reason}, but ${PROTECTED}`));
    if (json) process.stdout.write(`${JSON.stringify(asJson(findings), null, 2)}\n`);
    else process.stdout.write(describe(findings, yes));
    if (!yes) return 0;
    const ends: number[] = [];
    for (const one of doomed) ends.push(await removeDoomed(workspace, one, outside));
    for (const one of littered) ends.push(await removeOrphans(workspace, one));
    await removeParts(await connect(workspace.engine), findings.fallen);
    return Math.max(0, ...ends);
  });
}
