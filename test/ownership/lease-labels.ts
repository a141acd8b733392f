import { ownPlace } from "../../src/machine/process-place.ts";
import { LABEL, type Labels } from "../../src/model/labels.ts";
import type { OwnedResource } from "../../src/ownership/owned-resource.ts";
import { ownedResource } from "../docker/owned-resource.ts";

/** The mark of a process on another machine: nobody here can tell whether it runs. */
export const ELSEWHERE = "elsewhere 1 1";

/** The mark of a process of this machine that is dead: no process gets such a number. */
export function deadHolder(): string {
  const { host, boot, namespace } = ownPlace();
  return `${host} 4194305 1 ${boot} ${namespace}`;
}

/** What a lease of a test reports. */
export interface TestLease {
  readonly owner?: string;
  readonly stack?: string;
  readonly id?: string;
  readonly covers: "stack" | "work" | "sandbox" | "removal" | "removed";
  readonly holder?: string;
  /** In milliseconds since 1970, or the label as it is. */
  readonly expires: number | string;
  readonly renewed?: number;
}

/** The labels of a lease. */
export function leaseLabels({
  owner = "us",
  stack = "dev",
  id = "lease",
  covers,
  holder = "",
  expires,
  renewed = 0,
}: TestLease): Labels {
  return {
    [LABEL.owner]: owner,
    [LABEL.stack]: stack,
    [LABEL.kind]: "lease",
    [LABEL.lease]: id,
    [LABEL.covers]: covers,
    [LABEL.holder]: holder,
    [LABEL.ends]: typeof expires === "number" ? new Date(expires).toISOString() : expires,
    [LABEL.renewed]: new Date(renewed).toISOString(),
  };
}

/** A lease among owned resources. */
export function leaseResource(lease: TestLease): OwnedResource {
  return ownedResource(leaseLabels(lease), { kind: "volume" });
}
