import type { Labels } from "../../src/model/labels.ts";
import type { OwnedResource } from "../../src/ownership/owned-resource.ts";

/** The default creation time of an owned resource. */
export const CREATED = Date.parse("2026-11-23T10:00:00Z");

/** An owned resource with these labels, by default a network. */
export function ownedResource(labels: Labels, others: Partial<OwnedResource> = {}): OwnedResource {
  return { kind: "network", id: "id", name: "name", labels, created: CREATED, running: false, ...others };
}
