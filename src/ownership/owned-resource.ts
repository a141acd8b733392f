import { LABEL, type Labels } from "../model/labels.ts";

/** Something on a place that carries an owner's label. */
export interface OwnedResource {
  readonly kind: "container" | "network" | "volume" | "namespace" | "sandbox" | "job" | "lease";
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
  /** When the place created it, in milliseconds since 1970. */
  readonly created: number;
  /** Whether a container runs; false for everything else. */
  readonly running: boolean;
}

/** Whether these are the labels of a lease or a reserved subnet, and of no part of a stack. */
export function isLease(labels: Labels): boolean {
  return labels[LABEL.kind] === "lease" || labels[LABEL.kind] === "reservation";
}
