import { randomBytes } from "node:crypto";
import type { Duration } from "../model/duration.ts";
import { LABEL, type Labels } from "../model/labels.ts";

/** Who owns a sandbox, and since when. */
export interface Ownership {
  readonly owner: string;
  readonly project: string;
  readonly stack: string;
  /** The name of the component that makes the sandbox. @default none */
  readonly component?: string;
  /** The branch of the stack. Absent for a stack without a branch. */
  readonly branch?: string | undefined;
  /** When the sandbox was first created, in ISO 8601. */
  readonly created: string;
  readonly timeToLive: Duration | "never";
}

/** The owner of a stack, and what people call both. */
export type OwnedStack = Pick<Ownership, "owner" | "project" | "stack" | "branch">;

/** The labels of all resources of an owner's stack. */
export function ownershipLabels({ owner, project, stack, branch }: OwnedStack): Labels {
  return {
    [LABEL.owner]: owner,
    [LABEL.project]: project,
    [LABEL.stack]: stack,
    ...(branch !== undefined && { [LABEL.branch]: branch }),
  };
}

/** The ownership of a sandbox without a stack. In the place of the stack's name is one that no other has. */
export function freshOwnership(project: string, suffix = randomBytes(4).toString("hex")): Ownership {
  const stack = `fresh-${suffix}`;
  const created = isoSeconds(new Date());
  return { owner: `${project}/${stack}`, project, stack, created, timeToLive: "never" };
}

/** A time in ISO 8601, to the second, as labels have it. */
export function isoSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
