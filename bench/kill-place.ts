import type { KillStack } from "./kill-stack.ts";
import type { ThrowawayProject } from "./throwaway-project.ts";

/** A stack on a place: its name, and its owner label. */
type StackOnPlace = Pick<KillStack, "name" | "owner">;

/** Where the stacks of killed commands are, and what is there of them. */
export interface KillPlace {
  /** The settings that bring a stack there. */
  readonly settings: Parameters<ThrowawayProject["configure"]>[0];
  /** The kinds of the parts of a stack that is up, sorted. */
  readonly kinds: readonly string[];
  /** The parts of a stack, a line each that ends with its kind, with those that only their names show. */
  partsOf(stack: StackOnPlace): Promise<readonly string[]>;
  /** What a stack uses that neither a label nor a name shows. */
  anonymousPartsOf(stack: StackOnPlace): Promise<readonly string[]>;
  /** Those of these that still exist, a line each. */
  leftOf(anonymous: readonly string[]): Promise<readonly string[]>;
  /** Removes all resources of an owner. */
  removeOwned(owner: string): Promise<unknown>;
}
