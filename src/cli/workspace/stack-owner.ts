import { ownerOf, type StackIdentity } from "../../stacks/stack-identity.ts";
import { stateAddress } from "../../stacks/state-backend.ts";
import type { Project } from "./project.ts";

/** The identity of the project's stack, the same as in its Pulumi program. */
export function identityOf({ name, stack }: Pick<Project, "name" | "stack">): StackIdentity {
  return { project: name, stack, backend: stateAddress(process.env.PULUMI_BACKEND_URL) };
}

/** Whether an owner label belongs to a stack of the project, in the project's own state. */
export function owns(
  project: Project,
  { owner, stack }: { readonly owner: string | undefined; readonly stack: string },
): boolean {
  return project.hasStacks && owner === ownerOf(identityOf({ ...project, stack }));
}
