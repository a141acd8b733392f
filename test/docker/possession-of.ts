import type { Possession } from "../../src/docker/possessions.ts";
import type { Labels } from "../../src/model/labels.ts";

/** When the engine has made what a test says nothing else about. */
export const CREATED = Date.parse("2026-11-23T10:00:00Z");

/** Something with labels on an engine, a network unless a test says otherwise. */
export function possessionOf(labels: Labels, others: Partial<Possession> = {}): Possession {
  return { kind: "network", id: "id", name: "name", labels, created: CREATED, running: false, ...others };
}
