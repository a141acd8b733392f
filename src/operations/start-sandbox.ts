import type { Plan } from "../model/plan/plan.ts";
import { servingHost } from "../model/plan/serve-host.ts";
import type { Project } from "../project/project.ts";
import { explained, openWorkspace, type Workspace } from "../project/workspace.ts";
import { environmentSecrets } from "../sandbox/environment-secrets.ts";
import type { Invocation } from "../sandbox/invocation.ts";
import { requireServiceFiles } from "../sandbox/require-project-files.ts";
import type { RunningSandbox } from "../sandbox/running-sandbox.ts";
import { timed } from "../timings/timings.ts";
import { removeAbandonedSandboxes } from "./clean-up/remove-abandoned-sandboxes.ts";

/** A sandbox to start without a stack. */
export interface SandboxStart {
  /** The project whose settings choose the place. */
  readonly project: Project;
  readonly plan: Plan;
  /** The context of the kubeconfig. @default that of the settings */
  readonly context?: string | undefined;
  /** Whether this machine is to reach the services. @default only what they publish */
  readonly serves?: boolean;
  /** The values of secrets, by name. @default those of the environment */
  readonly secrets?: Readonly<Record<string, string>> | undefined;
  /** Ends the start. */
  readonly signal: AbortSignal;
}

/** A sandbox that was started, and the workspace that serves it. */
export interface StartedSandbox {
  readonly sandbox: RunningSandbox;
  readonly workspace: Workspace;
}

/**
 * Starts a sandbox that ends with this process: sets up the machine, provides the images, removes what killed
 * commands left, and waits until every service is ready.
 * @param opened a workspace of the project whose machine is set up for the plan. @default a new one
 * @throws ServicesFailed with the last output of each service that failed; ConfigurationError for what the
 * user has to change, such as a secret without a value; the signal's reason. By then everything is removed
 */
export async function startSandbox(
  start: SandboxStart,
  invocation: Invocation,
  opened?: Workspace,
): Promise<StartedSandbox> {
  const { project, context, serves = false, signal } = start;
  const plan = serves ? servingHost(start.plan) : start.plan;
  requireServiceFiles(plan, project.folder);
  const secrets = environmentSecrets(plan, invocation.environment, start.secrets);
  const needs = { pulumi: false, plans: () => [plan], context };
  const workspace = opened ?? (await openWorkspace(project, needs, invocation));
  const { place, progress } = workspace;
  const { timings } = invocation;
  return explained(workspace, async () => {
    await timed(timings, { part: "orphans", step: "remove" }, () => removeAbandonedSandboxes(workspace));
    const sandbox = await progress.step(`sandbox ${plan.sandbox}`, async (step) => {
      const started = await place.start({ plan, secrets, signal, progress, timings, serves });
      step.result("ready");
      return started;
    });
    return { sandbox, workspace };
  });
}
