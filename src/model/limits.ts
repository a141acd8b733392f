import type { Size } from "./size.ts";

/** Upper bounds of a container. An absent value is unbounded. */
export interface Limits {
  /** The memory limit. The container gets no swap. */
  readonly memory?: Size;
  /** The number of processors, for example `1.5`. */
  readonly cpus?: number;
}
