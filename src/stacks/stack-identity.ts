import type { Labels } from "../model/labels.ts";
import { base36Digest } from "../model/names.ts";
import { type Ownership, ownershipLabels } from "../ownership/ownership.ts";
import type { StackSettings } from "./stack-settings.ts";

/** A stack and its backend: two checkouts may both have a stack `dev` on one engine. */
export interface StackIdentity {
  readonly project: string;
  readonly stack: string;
  /** The URL of the Pulumi backend; undefined for the one that the Pulumi CLI is logged in to. */
  readonly backend?: string | undefined;
}

/** The owner label of a stack's resources. */
export function ownerOf({ project, stack, backend = "" }: StackIdentity): string {
  return `${project}/${stack}/${base36Digest(backend, 6)}`;
}

/** The ownership of a sandbox of a stack. */
export function stackOwnership(
  identity: StackIdentity,
  { branch, timeToLive }: Pick<StackSettings, "branch" | "timeToLive">,
  created: string,
): Ownership {
  const { project, stack } = identity;
  return { owner: ownerOf(identity), project, stack, branch, created, timeToLive };
}

/** The labels of all resources of a stack. */
export function stackLabels(identity: StackIdentity, settings: Pick<StackSettings, "branch">): Labels {
  return ownershipLabels({ ...settings, ...identity, owner: ownerOf(identity) });
}
