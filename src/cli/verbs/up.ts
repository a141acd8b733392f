import { readFacts } from "../../docker/facts.ts";
import { filesToCopy } from "../../docker/files-to-copy.ts";
import type { Plan } from "../../model/plan.ts";
import { requirePrivilege } from "../../model/privilege.ts";
import { colors } from "../../terminal/colors.ts";
import { runWhenFree } from "../pulumi/lock.ts";
import { EXIT_FAILED, type PulumiEnd } from "../pulumi/operation.ts";
import type { PulumiRun } from "../pulumi/pulumi-run.ts";
import { withReadableState } from "../stack/broken-state.ts";
import { renewByUse } from "../stack/life.ts";
import { missesParts, missesRunner } from "../stack/missing-parts.ts";
import { checkPorts } from "../stack/published-ports.ts";
import { checkSecrets, emptyPassphrase } from "../stack/secret-values.ts";
import { ensureStack } from "../stack/stack-file.ts";
import { withStackLock } from "../stack/stack-lock.ts";
import { asStackStep } from "../stack/stack-step.ts";
import { removeStrays } from "../stack/strays.ts";
import { describeSandboxes, sandboxesOn } from "../tables/sandbox-list.ts";
import type { Place, Project } from "../workspace/project.ts";
import { ownerLabel } from "../workspace/stack-plan.ts";
import { describePassedOver, describeToolchain } from "../workspace/toolchain.ts";
import { type Workspace, withWorkspace } from "../workspace/workspace.ts";

/** `nestbox up`: brings the stack's sandboxes up. */
export function up(place: Place, { json = false }: { readonly json?: boolean }): Promise<number> {
  const needs = {
    pulumi: true,
    plans: (project: Project) => project.plans,
    images: (project: Project) => project.runnerImages,
  };
  return withWorkspace(place, needs, async (workspace) => {
    const { end } = await bringUp(workspace);
    if (end.exitCode !== 0) return end.exitCode;
    const owner = ownerLabel(workspace.project, process.env);
    const running = sandboxesOn(await readFacts(workspace.engine)).filter(
      (sandbox) => sandbox.owner === owner,
    );
    process.stdout.write(
      json
        ? `${JSON.stringify({ changes: end.changes, sandboxes: running }, null, 2)}\n`
        : describeSandboxes(running),
    );
    return 0;
  });
}

/** What bringing a stack up has come to. */
interface BroughtUp {
  readonly plans: readonly Plan[];
  readonly end: PulumiEnd;
}

/**
 * Brings the stack up, once nobody else works on it, and says how that went. Mistakes that can be seen
 * beforehand are told before Pulumi starts.
 */
export function bringUp(workspace: Workspace): Promise<BroughtUp> {
  return withStackLock(workspace, () => bringUpAlone(workspace));
}

async function bringUpAlone(workspace: Workspace): Promise<BroughtUp> {
  const { project, engine, progress } = workspace;
  const { plans } = project;
  let facts = await readFacts(engine);
  checkSecrets(project, plans);
  for (const plan of plans) {
    requirePrivilege(plan, project.settings.privilegedImages);
    for (const service of plan.services) filesToCopy(service, project.folder);
  }
  const unprotected = emptyPassphrase(plans, project, process.env);
  if (unprotected !== undefined) progress.print(`${colors.yellow("!")} ${unprotected}`);
  const owner = ownerLabel(project, process.env);
  await checkPorts(plans, facts, owner);
  progress.print(colors.dim(describeToolchain(workspace.ready)));
  for (const passedOver of workspace.ready.passedOver ?? [])
    progress.print(`${colors.yellow("!")} ${describePassedOver(passedOver)}`);
  const end = await asStackStep(workspace, "brought up", async () => {
    const operation = async (isNew = false): Promise<PulumiRun> => ({
      command: workspace.pulumi,
      operation: "up",
      refresh: !isNew && (missesParts(plans, facts, owner) || (await missesRunner(workspace))),
      folder: project.folder,
      stack: project.stack,
      environment: workspace.environment,
      progress,
    });
    const first = await withReadableState(workspace, async () => {
      // In the state first: a clean-up looks at the engine first, so what it finds there the state knows.
      const isNew = await ensureStack(workspace);
      if (await renewByUse(workspace)) facts = await readFacts(engine);
      return runWhenFree(await operation(isNew));
    });
    const strays = await removeStrays(workspace, plans, first);
    if (strays.length === 0) return first;
    progress.print(
      `${colors.green("✓")} removed ${strays.join(", ")}, which a command that was killed had left`,
    );
    // What was left may have been in the way: its subnet, its port.
    return first.exitCode === EXIT_FAILED ? runWhenFree(await operation()) : first;
  });
  return { plans, end };
}
