import { mkdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Cluster } from "../../kubernetes/api/cluster.ts";
import { cacheFolder } from "../../machine/cache-folder.ts";
import { base36Digest } from "../../model/names.ts";

/** Milliseconds until a cluster is probed again: a day. */
const VALID = 24 * 3600 * 1000;

/** Whether a run on this machine has found lately that a cluster enforces policies. */
export function knowsPolicies(cluster: Cluster): boolean {
  const found = statSync(recordOf(cluster), { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs < VALID;
}

export function recordPolicies(cluster: Cluster): void {
  const record = recordOf(cluster);
  mkdirSync(path.dirname(record), { recursive: true });
  writeFileSync(record, "");
}

function recordOf({ context: { server, authorities = "" } }: Cluster): string {
  return path.join(cacheFolder(), "enforces-policies", base36Digest(`${server}\n${authorities}`, 12));
}
