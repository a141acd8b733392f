import { ownerOf, type StackIdentity } from "../../stacks/stack-identity.ts";
import { stateAddress } from "../../stacks/state-backend.ts";
import type { Project } from "./project.ts";

/**
 * The identity of the project's stack, the same as in its Pulumi program.
 * @param environment the environment of the Pulumi program
 */
export function identityOf({ name, stack }: Project, environment: NodeJS.ProcessEnv): StackIdentity {
  return { project: name, stack, backend: stateAddress(environment.PULUMI_BACKEND_URL) };
}

/**
 * The owner label of the stack's resources.
 * @param environment the environment of the Pulumi program
 */
export function ownerLabel(project: Project, environment: NodeJS.ProcessEnv): string {
  return ownerOf(identityOf(project, environment));
}

/** Whether an owner label belongs to a stack of the project, in the project's own state. */
export function owns(
  project: Project,
  { owner, stack }: { readonly owner: string | undefined; readonly stack: string },
): boolean {
  return project.hasStacks && owner === ownerLabel({ ...project, stack }, process.env);
}
