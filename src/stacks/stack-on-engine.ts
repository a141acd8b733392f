import type { OwnedResource } from "../docker/owned-resources.ts";

/** The resources of a stack on an engine, and its end. */
export interface StackOnEngine {
  readonly owner: string;
  readonly project: string;
  readonly stack: string;
  readonly branch?: string;
  readonly parts: readonly OwnedResource[];
  /** In milliseconds since 1970; `unreadable` if neither the lease nor the labels hold a time. */
  readonly ends: number | "never" | "unreadable";
  /** Whether a command waits for one of its jobs. */
  readonly inUse: boolean;
}
