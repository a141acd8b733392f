import type { Sandbox } from "../../model/declaration/sandbox.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { renderValue, secretsIn } from "../../model/text.ts";
import { removeAbandonedSandboxes } from "../../operations/clean-up/remove-abandoned-sandboxes.ts";
import { readSecrets } from "../../operations/stack/secret-values.ts";
import { ownerTitle } from "../../operations/stack/stack-use.ts";
import { planInUse, sandboxInUse } from "../../operations/use-sandbox.ts";
import { openProject, type StackChoice } from "../../project/project.ts";
import { inWorkspace, type Workspace } from "../../project/workspace.ts";
import type { Invocation } from "../../sandbox/invocation.ts";
import { joinVariables, type ReachableService, reachableServices } from "../../sandbox/reachable-services.ts";
import { answerText } from "../answers/answer-text.ts";
import type { EnvAnswer } from "../answers/answers.ts";
import { formatVariables, type VariableFormat } from "../tables/variable-formats.ts";

/** The options of `nestbox env`, which its help describes. */
interface EnvOptions {
  readonly format: VariableFormat;
  readonly json?: boolean;
  readonly fromEngineHost?: boolean;
  readonly component?: string;
}

/**
 * `nestbox env [SANDBOX]`: prints the variables with which programs on this machine reach the services.
 * @throws ConfigurationError for an unknown sandbox, without a running service that publishes a port, and for
 * an engine on another machine
 */
export async function env(
  choice: StackChoice,
  sandboxName: string | undefined,
  options: EnvOptions,
  invocation: Invocation,
): Promise<number> {
  const project = await openProject(choice, { sandboxes: sandboxName === undefined ? [] : [sandboxName] });
  return inWorkspace(project, {}, invocation, async (workspace) => {
    await removeAbandonedSandboxes(workspace);
    const sandboxes = await chosenUp(workspace, sandboxName, options.component);
    const services: ReachableService[] = [];
    for (const sandbox of sandboxes) services.push(...(await servicesOf(workspace, sandbox, options)));
    if (services.length === 0)
      throw new ConfigurationError(
        `${ownerTitle(workspace.project)}: no running service publishes a port; ` +
          "set publish: true on one, then run nestbox up",
      );
    const variables = joinVariables(services);
    const secrets = await readSecrets(workspace, [{ secrets: Object.values(variables).flatMap(secretsIn) }]);
    const rendered = <Value>(value: Value) => renderValue(value, (secret) => secrets[secret] ?? "");
    const values = rendered(variables);
    const answer = () =>
      answerText<EnvAnswer>({ variables: values, services: services.map((service) => rendered(service)) });
    workspace.stdout.write(options.json ? answer() : formatVariables(values, options.format));
    return 0;
  });
}

/** The chosen sandbox, or all that are up. */
async function chosenUp(
  { project, place, owner }: Workspace,
  name: string | undefined,
  component: string | undefined,
): Promise<readonly Sandbox[]> {
  const selected = project.selected.filter((sandbox) => name === undefined || sandbox.name === name);
  if (selected.length === 0 && name !== undefined) {
    const known = project.selected.map((sandbox) => sandbox.name).join(", ");
    throw new ConfigurationError(
      `${ownerTitle(project)}: has no sandbox "${name}"; its sandboxes: ${known || "none"}`,
    );
  }
  if (component !== undefined && selected.length > 1)
    throw new ConfigurationError(`--component: ${component} has one sandbox; name it: nestbox env SANDBOX`);
  if (selected.length === 1) return selected;
  const up = new Set((await place.list(owner)).map(({ sandbox }) => sandbox));
  return selected.filter((sandbox) => up.has(sandbox.name));
}

async function servicesOf(
  workspace: Workspace,
  declared: Sandbox,
  { component, fromEngineHost = false }: EnvOptions,
): Promise<readonly ReachableService[]> {
  const plan = planInUse(workspace, declared);
  return sandboxInUse(workspace, { plan, component, needsSecrets: false })([], async (sandbox) => {
    const { addressOf, notice } = await sandbox.addresses({ fromEngineHost });
    if (notice !== undefined) workspace.progress.warn(notice);
    return reachableServices(declared, addressOf);
  });
}
