import type { Readable } from "node:stream";
import type { Cluster } from "./cluster.ts";
import { callKubernetes } from "./request.ts";

export interface PodContainerReference {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** Which part of a container's output. */
export interface LogSelection {
  /** Whether to go on until the container ends. @default false */
  readonly follow?: boolean;
  /** Whether to read what the container wrote before its last restart. @default false */
  readonly previous?: boolean;
  /** The number of last lines. @default all */
  readonly last?: number;
  readonly signal?: AbortSignal;
}

/**
 * The output of a container. Standard output and standard error are one stream.
 * @throws as callKubernetes does
 */
export function containerLog(
  cluster: Cluster,
  { namespace, pod, container }: PodContainerReference,
  { follow = false, previous = false, last, signal }: LogSelection = {},
): Promise<Readable> {
  const query = new URLSearchParams({
    container,
    ...(follow && { follow: "true" }),
    ...(previous && { previous: "true" }),
    ...(last !== undefined && { tailLines: String(last) }),
  });
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log?${query}`;
  return callKubernetes(cluster, { method: "GET", path, signal });
}
