import type { Size } from "./size.ts";

/** Upper bounds. What is left out is not bounded. */
export interface Limits {
  /** The most memory that the container may use; it gets no swap. */
  readonly memory?: Size;
  /** Processors, in whole or part: `1.5`. */
  readonly cpus?: number;
}
