import { realpathSync } from "node:fs";
import path from "node:path";
import type { Environment } from "../machine/environment.ts";
import { ownPlace } from "../machine/process-place.ts";
import { base36Digest } from "../model/names.ts";
import { isoSeconds, type Ownership } from "../ownership/ownership.ts";
import { ownerOf, type StackIdentity, stackOwnership } from "../stacks/stack-identity.ts";
import { stateAddress } from "../stacks/state-backend.ts";
import type { Project } from "./project.ts";

/** The identity of the project's stack, the same as in its Pulumi program. */
export function identityOf(
  { name, stack }: Pick<Project, "name" | "stack">,
  environment: Environment,
): StackIdentity {
  return { project: name, stack, backend: stateAddress(environment.PULUMI_BACKEND_URL) };
}

/** The owner of a project's sandboxes: its stack, or without stacks this checkout. */
export function projectOwnership(project: Project, environment: Environment): Ownership {
  const created = isoSeconds(new Date());
  return project.hasStacks
    ? stackOwnership(identityOf(project, environment), project.settings, created)
    : checkoutOwnership(project, created);
}

/**
 * The owner of sandboxes that are up without a stack. Two checkouts differ by their folder. A Pulumi.yaml
 * that is added later changes nothing.
 */
export function checkoutOwnership(
  { folder, settings: { timeToLive } }: Pick<Project, "folder" | "settings">,
  created = isoSeconds(new Date()),
): Ownership {
  const real = realpathSync(folder);
  const name = path.basename(real);
  const stack = `up-${base36Digest(`${ownPlace().host} ${real}`, 6)}`;
  return { owner: `${name}/${stack}`, project: name, stack, created, timeToLive };
}

/** Whether an owner label belongs to a stack of the project, in the project's own state. */
export function owns(
  { project, environment }: { readonly project: Project; readonly environment: Environment },
  { owner, stack }: { readonly owner: string | undefined; readonly stack: string },
): boolean {
  return project.hasStacks && owner === ownerOf(identityOf({ ...project, stack }, environment));
}
