import { mkdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { cacheFolder } from "../../machine/cache-folder.ts";
import type { Environment } from "../../machine/environment.ts";
import { base36Digest } from "../../model/names.ts";
import type { Cluster } from "../api/cluster.ts";

/** Milliseconds until a cluster is probed again: a day. */
const VALID = 24 * 3600 * 1000;

/** Whether this machine has found lately that a cluster enforces policies. */
export function knowsPolicies(cluster: Cluster, environment: Environment): boolean {
  const found = statSync(recordOf(cluster, environment), { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs < VALID;
}

export function recordPolicies(cluster: Cluster, environment: Environment): void {
  const record = recordOf(cluster, environment);
  mkdirSync(path.dirname(record), { recursive: true });
  writeFileSync(record, "");
}

function recordOf({ context: { server, authorities = "" } }: Cluster, environment: Environment): string {
  const name = base36Digest(`${server}\n${authorities}`, 12);
  return path.join(cacheFolder(environment), "enforces-policies", name);
}
