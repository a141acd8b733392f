import { nameBuilds } from "../../images/name-builds.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { servingHost } from "../../model/plan/serve-host.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { bringStackUp } from "../../operations/bring-up.ts";
import { keepUp } from "../../operations/keep-up.ts";
import { listSandboxes } from "../../operations/list-sandboxes.ts";
import { chosenSandboxes } from "../../project/chosen-sandboxes.ts";
import { openProject, type Project, type StackChoice } from "../../project/project.ts";
import { inWorkspace, type Workspace } from "../../project/workspace.ts";
import { environmentSecrets } from "../../sandbox/environment-secrets.ts";
import type { Invocation } from "../../sandbox/invocation.ts";
import { timed } from "../../timings/timings.ts";
import { answerText } from "../answers/answer-text.ts";
import type { ErrorAnswer, UpAnswer } from "../answers/answers.ts";
import { errorAnswer } from "../answers/error-answer.ts";
import { durationOption } from "../duration-option.ts";
import { withVerb } from "../missing-right.ts";
import { rebuildChanges, type WatchedSandboxes } from "../rebuild-changes.ts";
import { describeSandboxes } from "../tables/sandbox-list.ts";
import { withTimings } from "../with-timings.ts";

/** The options of `nestbox up`, which its help describes. */
export interface UpOptions {
  readonly sandboxes?: readonly string[];
  readonly for?: string;
  readonly volumes?: boolean;
  readonly watch?: boolean;
  readonly json?: boolean;
}

/** `nestbox up`: brings up and prints the sandboxes of the stack, or without one those of this checkout. */
export async function up(choice: StackChoice, options: UpOptions, invocation: Invocation): Promise<number> {
  // A watch has no end to report at.
  if (options.watch === true) return upRecorded(choice, options, invocation);
  return withTimings({ name: "nestbox up" }, invocation, (recorded) => upRecorded(choice, options, recorded));
}

async function upRecorded(choice: StackChoice, options: UpOptions, invocation: Invocation): Promise<number> {
  const project = await timed(invocation.timings, { part: "declarations", step: "read" }, () =>
    openProject(choice, { sandboxes: options.sandboxes }),
  );
  return project.hasStacks
    ? upOnStack(project, options, invocation)
    : upWithoutStack(project, options, invocation);
}

/** @throws ConfigurationError for options that a stack does not have */
function upOnStack(project: Project, options: UpOptions, invocation: Invocation): Promise<number> {
  const [option] = [
    ...((options.sandboxes ?? []).length > 0 ? ["SANDBOX"] : []),
    ...(options.for === undefined ? [] : ["--for"]),
    ...(options.volumes === true ? ["--volumes"] : []),
    ...(options.watch === true ? ["--watch"] : []),
  ];
  if (option !== undefined)
    throw new ConfigurationError(
      `${option}: stack ${project.stack} has the sandboxes and the end of its settings; leave it out`,
    );
  const plans = nameBuilds(project.plans, project.folder);
  const needs = { plans: () => plans, images: () => project.runnerImages };
  return inWorkspace(project, needs, invocation, async (workspace) => {
    const label = { part: `stack ${project.stack}`, step: "bring up" };
    const result = await timed(workspace.timings, label, () => bringStackUp(workspace));
    if (result.exitCode !== 0) {
      const reasons = result.errors.map(({ message }) => message).join("\n");
      const error = errorAnswer(reasons || `stack ${project.stack}: was not brought up`, result.exitCode);
      if (options.json) workspace.stdout.write(answerText<ErrorAnswer>(error));
      return result.exitCode;
    }
    return print(workspace, options, { changes: result.changes });
  }).catch((error: unknown) => Promise.reject(withVerb(error, "pulumi")));
}

/** @throws ConfigurationError for a watch of sandboxes that build no image */
async function upWithoutStack(project: Project, options: UpOptions, invocation: Invocation): Promise<number> {
  const timeToLive = options.for === undefined ? undefined : durationOption("--for", options.for);
  const chosen = chosenSandboxes(project, options.sandboxes ?? []);
  const wanted = project.plans.filter(({ sandbox }) => chosen.some(({ name }) => name === sandbox));
  const { folder } = project;
  const bringUp = async (
    plans: readonly Plan[],
    inside: Invocation,
    then: (workspace: Workspace) => Promise<number>,
  ) => {
    const secrets = plans.map((plan) => environmentSecrets(servingHost(plan), inside.environment));
    return inWorkspace(project, { plans: () => plans }, inside, async (workspace) => {
      await keepUp(workspace, plans, { timeToLive, secrets, removesVolumes: options.volumes === true });
      return then(workspace);
    });
  };
  const list = (workspace: Workspace) => print(workspace, options, {});
  if (options.watch !== true) return bringUp(nameBuilds(wanted, folder), invocation, list);
  if (wanted.every(({ builds }) => builds.length === 0))
    throw new ConfigurationError(
      "--watch: none of these sandboxes has an image that is built; leave it out, or declare build()",
    );
  const sandboxes: WatchedSandboxes = {
    ...{ plans: wanted, projectFolder: folder },
    start: (plans) => bringUp(plans, invocation, list),
    replace: (plans, progress) => bringUp(plans, { ...invocation, progress }, async () => 0),
  };
  return rebuildChanges(sandboxes, invocation);
}

/** Prints the sandboxes of the workspace. */
async function print(
  workspace: Workspace,
  { json = false, watch = false }: UpOptions,
  also: Pick<UpAnswer, "changes">,
): Promise<number> {
  const { sandboxes, now } = await listSandboxes(workspace, workspace.owner);
  const next = [
    "npx nestbox env --json",
    ...sandboxes.map(({ sandbox }) => `npx nestbox run ${sandbox} --json`),
  ];
  const answer = { ...also, sandboxes, next: [...next, "npx nestbox down --json"] };
  const asJson = () => answerText<UpAnswer>(answer, watch ? "line" : "document");
  workspace.stdout.write(json ? asJson() : describeSandboxes(sandboxes, now));
  return 0;
}
