import type { OwnedResource } from "../ownership/owned-resource.ts";
import type { Ownership } from "../ownership/ownership.ts";

/**
 * When a stack ends, in milliseconds since 1970; `unreadable` if neither the lease nor the labels hold a
 * time; `command` for a sandbox without a stack, which ends with the command that started it.
 */
export type StackEnd = number | "never" | "unreadable" | "command";

/** The resources of a stack on an engine, and its end. */
export interface StackOnEngine extends Pick<Ownership, "owner" | "project" | "stack" | "branch"> {
  readonly parts: readonly OwnedResource[];
  readonly ends: StackEnd;
  /** Whether a command waits for one of its jobs, or started the sandbox for itself. */
  readonly inUse: boolean;
}
