import { ownerOf, type StackIdentity } from "../../stacks/stack-identity.ts";
import { stateAddress } from "../../stacks/state-backend.ts";
import type { Project } from "./project.ts";

/** The environment of the Pulumi program and of everything that must agree with it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Which stack it is, as the Pulumi program sees it. */
export function identityOf({ name, stack }: Project, environment: Environment): StackIdentity {
  return { project: name, stack, backend: stateAddress(environment.PULUMI_BACKEND_URL) };
}

/** The label value of what is the stack's own. */
export function ownerLabel(project: Project, environment: Environment): string {
  return ownerOf(identityOf(project, environment));
}

/**
 * Whether what carries an owner's label is that of a stack of the project, in the state that the project is
 * set to.
 */
export function owns(
  project: Project,
  { owner, stack }: { readonly owner: string | undefined; readonly stack: string },
): boolean {
  return owner === ownerLabel({ ...project, stack }, process.env);
}
