import type { Sandbox } from "../model/declaration/sandbox.ts";
import type { Plan } from "../model/plan/plan.ts";
import { ConfigurationError } from "../model/problem.ts";
import { ownerTitle } from "../operations/stack/stack-use.ts";
import { planInUse } from "../operations/use-sandbox.ts";
import { chosenSandbox } from "../project/chosen-sandboxes.ts";
import type { Project } from "../project/project.ts";
import type { Workspace } from "../project/workspace.ts";

/** A sandbox that is up, and one of its services where one is named. */
export interface ServiceChoice {
  readonly sandbox: Sandbox;
  readonly plan: Plan;
  readonly service?: string;
}

/** A choice that names a service. */
export interface NamedService extends ServiceChoice {
  readonly service: string;
}

type Declared = Pick<Project, "declared" | "declaredIn" | "selected" | "plans">;

/**
 * The sandbox and service that the operands `[SANDBOX] [SERVICE]` name. One operand is a sandbox if one has
 * that name, else a service. Without a sandbox, it is the only one, or the only one that is up and has the
 * service.
 * @throws ConfigurationError naming those to choose from
 */
export async function chosenPart(
  workspace: Workspace,
  [first, second]: readonly string[],
): Promise<ServiceChoice> {
  const { project } = workspace;
  if (second !== undefined) return withService(project, chosenSandbox(project, first), second);
  if (first === undefined) return choiceOf(project, await onlySandbox(workspace));
  const named = project.declared.find(({ name }) => name === first);
  return named === undefined
    ? findService(workspace, first)
    : choiceOf(project, chosenSandbox(project, first));
}

/** The sandbox and service that the operands `[SANDBOX] SERVICE` name. One operand is a service. */
export async function chosenService(
  workspace: Workspace,
  [first, second]: readonly string[],
): Promise<NamedService> {
  if (first === undefined) throw new ConfigurationError("SERVICE: is missing; name a service of a sandbox");
  if (second === undefined) return findService(workspace, first);
  const { project } = workspace;
  return withService(project, chosenSandbox(project, first), second);
}

function choiceOf(project: Workspace["project"], sandbox: Sandbox): ServiceChoice {
  return { sandbox, plan: planInUse({ project }, sandbox) };
}

/** @throws ConfigurationError for a service that the sandbox does not have */
function withService(project: Workspace["project"], sandbox: Sandbox, service: string): NamedService {
  const choice = choiceOf(project, sandbox);
  if (hasService(choice.plan, service)) return { ...choice, service };
  throw new ConfigurationError(
    `no service "${service}" in sandbox "${sandbox.name}"; it has ${serviceNames(choice.plan)}`,
  );
}

async function findService(workspace: Workspace, service: string): Promise<NamedService> {
  const { project } = workspace;
  const [only, ...others] = project.selected;
  if (only !== undefined && others.length === 0)
    return withService(project, chosenSandbox(project, only.name), service);
  const plans = plansByName(project);
  const having = project.selected.filter(({ name }) => hasService(plans.get(name), service));
  if (having.length === 0) {
    const known = [...plans].map(([name, plan]) => `${name} (${serviceNames(plan)})`).join(", ");
    throw new ConfigurationError(`no sandbox or service "${service}"; there are ${known || "none"}`);
  }
  const up = await namesOfUp(workspace);
  const [found, ...more] = having.length === 1 ? having : having.filter(({ name }) => up.has(name));
  if (found !== undefined && more.length === 0) return withService(project, found, service);
  const names = (found === undefined ? having : [found, ...more]).map(({ name }) => name).join(", ");
  const remedy =
    found === undefined
      ? ", and none is up; run nestbox up SANDBOX first"
      : `; name the sandbox: ${found.name} ${service}`;
  throw new ConfigurationError(`service "${service}": is in ${names}${remedy}`);
}

/** The only sandbox, or the only one that is up. */
async function onlySandbox(workspace: Workspace): Promise<Sandbox> {
  const { project } = workspace;
  const [only, ...others] = project.selected;
  if (only !== undefined && others.length === 0) return chosenSandbox(project, only.name);
  const up = await namesOfUp(workspace);
  const [found, ...more] = project.selected.filter(({ name }) => up.has(name));
  if (found !== undefined && more.length === 0) return chosenSandbox(project, found.name);
  throw new ConfigurationError(
    found === undefined
      ? `${ownerTitle(project)}: no sandbox is up; run nestbox up first`
      : `SANDBOX: is missing; name one of ${[found, ...more].map(({ name }) => name).join(", ")}`,
  );
}

async function namesOfUp({ place, owner }: Workspace): Promise<ReadonlySet<string>> {
  return new Set((await place.list(owner)).map(({ sandbox }) => sandbox));
}

function plansByName({ plans }: Declared): ReadonlyMap<string, Plan> {
  return new Map(plans.map((plan) => [plan.sandbox, plan]));
}

function hasService(plan: Plan | undefined, service: string): boolean {
  return plan?.services.some(({ key }) => key === service) === true;
}

function serviceNames({ services }: Plan): string {
  return services.map(({ key }) => key).join(", ") || "none";
}
