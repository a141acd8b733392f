import { readFacts } from "../../docker/facts.ts";
import { filesToCopy } from "../../docker/files-to-copy.ts";
import { lowerToDocker } from "../../docker/lowering/lower-sandbox.ts";
import type { DockerPlacement } from "../../docker/lowering/placement.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { componentsOf } from "../../stacks/stack-placement.ts";
import { colors } from "../../terminal/colors.ts";
import { removeAbandonedSandboxes } from "../clean-up/remove-abandoned-sandboxes.ts";
import { EXIT_FAILED } from "../exit-codes.ts";
import { isUnreachableCluster } from "../pulumi/explain-errors.ts";
import { runWhenUnlocked } from "../pulumi/lock.ts";
import type { PulumiResult } from "../pulumi/operation.ts";
import { withReadableState } from "../stack/broken-state.ts";
import { listOwnSandboxes } from "../stack/list-sandboxes.ts";
import { hasMissingParts, hasMissingWorkloads, isRunnerMissing } from "../stack/missing-parts.ts";
import { waitUntilGone } from "../stack/pending-removals.ts";
import { placementsOf } from "../stack/placements.ts";
import { checkPorts } from "../stack/published-ports.ts";
import { removeOrphans } from "../stack/remove-orphans.ts";
import { checkSecrets, emptyPassphraseWarning } from "../stack/secret-values.ts";
import { ensureStack } from "../stack/stack-file.ts";
import { withStackLock } from "../stack/stack-lock.ts";
import { asStackStep } from "../stack/stack-step.ts";
import { renewByUse } from "../stack/stack-use.ts";
import { describeSandboxes } from "../tables/sandbox-list.ts";
import { configuredStacks, stackFileName } from "../workspace/branch-stack.ts";
import { describePassedOver, describeToolchain } from "../workspace/describe-toolchain.ts";
import type { Project, Target } from "../workspace/project.ts";
import { isInCluster, type Workspace, withWorkspace } from "../workspace/workspace.ts";

/** `nestbox up`: brings the stack's sandboxes up, and prints them. */
export function up(target: Target, { json = false }: { readonly json?: boolean }): Promise<number> {
  const needs = {
    pulumi: true,
    plans: (project: Project) => project.plans,
    images: (project: Project) => project.runnerImages,
  };
  return withWorkspace(target, needs, async (workspace) => {
    const result = await bringStackUp(workspace);
    if (result.exitCode !== 0) return result.exitCode;
    const sandboxes = await listOwnSandboxes(workspace);
    const asJson = () => `${JSON.stringify({ changes: result.changes, sandboxes }, null, 2)}\n`;
    process.stdout.write(json ? asJson() : describeSandboxes(sandboxes));
    return 0;
  });
}

/**
 * Brings the stack up under its lock. Checks what it can before Pulumi starts.
 * @throws ConfigurationError for a mistake that those checks find
 */
export function bringStackUp(workspace: Workspace): Promise<PulumiResult> {
  return withStackLock(workspace, () => bringUpAlone(workspace));
}

async function bringUpAlone(workspace: Workspace): Promise<PulumiResult> {
  const { project, progress } = workspace;
  const { plans } = project;
  requireSettingsFile(project);
  await removeAbandonedSandboxes(workspace);
  checkSecrets(project, plans);
  let isIncomplete = await checkPlace(workspace);
  const warning = emptyPassphraseWarning(plans, project, process.env);
  if (warning !== undefined) progress.warn(warning);
  progress.print(colors.dim(describeToolchain(workspace.ready)));
  for (const passedOver of workspace.ready.passedOver ?? []) progress.warn(describePassedOver(passedOver));
  return asStackStep(workspace, "brought up", async () => {
    const bringUp = async (isNew = false) => {
      const refresh = !isNew && (isIncomplete || (await isRunnerMissing(workspace)));
      // A refresh would still find the objects of a namespace that the cluster is removing.
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
 * Checks that the sandboxes fit their place.
 * @returns whether something planned is missing there, see {@link lacksParts}
 * @throws ConfigurationError for errors that the program would report once Pulumi has started
 */
async function checkPlace(workspace: Workspace): Promise<boolean> {
  if (isInCluster(workspace)) return lacksParts(workspace);
  const { owner, project, engine } = workspace;
  const { plans } = project;
  const facts = await readFacts(engine);
  const placements = placementsOf(project, componentsOf(plans), facts);
  for (const [index, placement] of placements.entries()) requireObjects(project, plans[index], placement);
  await checkPorts(plans, facts, owner);
  return hasMissingParts(plans, facts, owner);
}

function requireObjects(project: Project, plan: Plan | undefined, placement: DockerPlacement): void {
  const { services } = plan ? lowerToDocker(plan, placement) : { services: [] };
  for (const service of services) filesToCopy(service, project.folder);
}

/** Whether a part that is planned is missing from its place. */
async function lacksParts(workspace: Workspace): Promise<boolean> {
  if (isInCluster(workspace)) return hasMissingWorkloads(workspace);
  const { owner, project, engine } = workspace;
  return hasMissingParts(project.plans, await readFacts(engine), owner);
}
