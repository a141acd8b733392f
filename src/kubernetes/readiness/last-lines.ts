import { linesOf } from "../../machine/lines.ts";
import type { Cluster } from "../api/cluster.ts";
import { KubernetesRefused } from "../api/cluster-error.ts";
import { containerLog, type PodContainerReference } from "../api/container-log.ts";

/** The number of output lines in an error. */
const LAST_LINES = 20;

/** What the kubelet answers for a container that it has just removed, instead of its output. */
const REMOVED = "unable to retrieve container logs for";

/** The last lines of a container that has ended, also if it runs again. Empty if the cluster has none. */
export async function lastLines(
  cluster: Cluster,
  container: PodContainerReference,
  signal: AbortSignal,
): Promise<readonly string[]> {
  for (const previous of [true, false]) {
    try {
      const output = await containerLog(cluster, container, { previous, last: LAST_LINES, signal });
      const lines: string[] = [];
      for await (const line of linesOf(output)) lines.push(line);
      if (!lines[0]?.startsWith(REMOVED)) return lines;
    } catch (error) {
      if (!(error instanceof KubernetesRefused)) throw error;
    }
  }
  return [];
}
