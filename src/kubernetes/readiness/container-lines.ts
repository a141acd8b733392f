import { createInterface } from "node:readline";
import type { Cluster } from "../api/cluster.ts";
import { KubernetesRefused } from "../api/cluster-error.ts";
import { containerLog, type LogSelection, type PodContainerReference } from "../api/container-log.ts";

/** The number of output lines in an error. */
const LAST_LINES = 20;

/** What the kubelet answers for a container that it has just removed, instead of its output. */
const REMOVED = "unable to retrieve container logs for";

/** The lines of a container's output. Ends with the container, or by the signal. */
export async function* outputLines(
  cluster: Cluster,
  container: PodContainerReference,
  selection: LogSelection,
): AsyncGenerator<string> {
  const output = await containerLog(cluster, container, selection);
  try {
    yield* createInterface({ input: output });
  } finally {
    output.destroy();
  }
}

/** The last lines of a container that has ended, also if it runs again. Empty if the cluster has none. */
export async function lastLines(
  cluster: Cluster,
  container: PodContainerReference,
): Promise<readonly string[]> {
  for (const previous of [true, false]) {
    try {
      const lines: string[] = [];
      for await (const line of outputLines(cluster, container, { previous, last: LAST_LINES }))
        lines.push(line);
      if (!lines[0]?.startsWith(REMOVED)) return lines;
    } catch (error) {
      if (!(error instanceof KubernetesRefused)) throw error;
    }
  }
  return [];
}
