import { EXIT_FAILED } from "../machine/exit-codes.ts";
import { ConfigurationError } from "../model/problem.ts";
import { configuredStacks, stackFileName } from "../project/branch-stack.ts";
import type { Project } from "../project/project.ts";
import type { Workspace } from "../project/workspace.ts";
import { describePassedOver, describeToolchain } from "../setup/describe-toolchain.ts";
import { colors } from "../terminal/colors.ts";
import { removeAbandonedSandboxes } from "./clean-up/remove-abandoned-sandboxes.ts";
import { isUnreachableCluster } from "./pulumi/explain-errors.ts";
import { runWhenUnlocked } from "./pulumi/lock.ts";
import type { PulumiResult } from "./pulumi/operation.ts";
import { isRunnerMissing } from "./runner-missing.ts";
import { withReadableState } from "./stack/broken-state.ts";
import { waitUntilGone } from "./stack/pending-removals.ts";
import { removeOrphans } from "./stack/remove-orphans.ts";
import { checkSecrets, emptyPassphraseWarning } from "./stack/secret-values.ts";
import { ensureStack } from "./stack/stack-file.ts";
import { withStackLock } from "./stack/stack-lock.ts";
import { asStackStep } from "./stack/stack-step.ts";
import { renewByUse } from "./stack/stack-use.ts";

/**
 * Brings the stack up under its lock. Checks what it can before Pulumi starts.
 * @throws ConfigurationError for a mistake that those checks find
 */
export function bringStackUp(workspace: Workspace): Promise<PulumiResult> {
  return withStackLock(workspace, () => bringUpAlone(workspace));
}

async function bringUpAlone(workspace: Workspace): Promise<PulumiResult> {
  const { project, progress, place, ownership, environment } = workspace;
  const { plans } = project;
  requireSettingsFile(project);
  await removeAbandonedSandboxes(workspace);
  checkSecrets(workspace, plans);
  await place.check(plans, ownership);
  let isIncomplete = await lacksParts(workspace);
  const warning = emptyPassphraseWarning(plans, project, environment);
  if (warning !== undefined) progress.warn(warning);
  progress.print(colors.dim(describeToolchain(workspace.ready)));
  for (const passedOver of workspace.ready.passedOver ?? []) progress.warn(describePassedOver(passedOver));
  return asStackStep(workspace, "brought up", async () => {
    const bringUp = async (isNew = false) => {
      const refresh = !isNew && (isIncomplete || (await isRunnerMissing(workspace)));
      // A refresh would still find what the place is still removing.
      if (refresh) await waitUntilGone(workspace);
      return runWhenUnlocked(workspace, { operation: "up", refresh });
    };
    const first = await withReadableState(workspace, async () => {
      // The state first: a clean-up reads the place before the state, so it finds each stack in the state.
      const isNew = await ensureStack(workspace);
      if (await renewByUse(workspace)) isIncomplete = await lacksParts(workspace);
      return bringUp(isNew);
    });
    // Each further request would wait as long.
    if (isUnreachableCluster(first.errors)) return first;
    const hadOrphans = await removeOrphans(workspace, plans, first);
    // An orphan may have blocked a subnet or a port.
    return hadOrphans && first.exitCode === EXIT_FAILED ? bringUp() : first;
  });
}

/** @throws ConfigurationError for a stack without a settings file in a project whose other stacks have one */
function requireSettingsFile({ folder, stack, settings: { branch } }: Project): void {
  const configured = configuredStacks(folder);
  if (branch !== undefined || configured.length === 0 || configured.includes(stack)) return;
  throw new ConfigurationError(
    `stack ${stack}: ${stackFileName(stack)} is missing; write it, ` +
      `or choose a stack that has settings: ${configured.join(", ")}`,
  );
}

/**
 * Whether a part that is planned is missing from its place. Pulumi's state may still contain it, when it was
 * removed by hand or the engine was replaced.
 */
async function lacksParts({ place, owner, project: { plans } }: Workspace): Promise<boolean> {
  const missing = plans.map((plan) => place.missing(plan, { owner, component: plan.sandbox }));
  return (await Promise.all(missing)).flat().length > 0;
}
