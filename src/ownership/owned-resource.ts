import type { Labels } from "../model/labels.ts";

/** Something on a place that carries an owner's label. */
export interface OwnedResource {
  readonly kind: "container" | "network" | "volume";
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
  /** When the place created it, in milliseconds since 1970. */
  readonly created: number;
  /** Whether a container runs; false for everything else. */
  readonly running: boolean;
}
