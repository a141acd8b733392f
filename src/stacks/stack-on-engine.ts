import type { Possession } from "../docker/possessions.ts";

/** What an owner has on an engine, and whether it should still be there. */
export interface StackOnEngine {
  readonly owner: string;
  readonly project: string;
  readonly stack: string;
  readonly branch?: string;
  readonly parts: readonly Possession[];
  /** In milliseconds since 1970; `unreadable` when neither life nor labels tell. */
  readonly ends: number | "never" | "unreadable";
  /** Whether somebody waits for one of its jobs. */
  readonly inUse: boolean;
}
