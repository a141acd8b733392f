import type { IncomingMessage } from "node:http";
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
): Promise<IncomingMessage> {
  const query = new URLSearchParams({
    container,
    ...(follow && { follow: "true" }),
    ...(previous && { previous: "true" }),
    ...(last !== undefined && { tailLines: String(last) }),
  });
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log?${query}`;
  return callKubernetes(cluster, { method: "GET", path, signal });
}

/**
 * The output of a container from its start to its end. A connection that breaks, as some proxies break one on
 * which nothing is sent, is opened again.
 * @throws the signal's reason; as callKubernetes does
 */
export async function* followLog(
  cluster: Cluster,
  container: PodContainerReference,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  for (let read = 0; ; ) {
    const output = await containerLog(cluster, container, { follow: true, signal });
    let position = 0;
    try {
      for await (const part of output as AsyncIterable<Buffer>) {
        const unread = part.subarray(Math.max(0, read - position));
        position += part.length;
        read = Math.max(read, position);
        if (unread.length > 0) yield unread;
      }
      return;
    } catch {
      // The next request says whether the API server is still there.
      signal.throwIfAborted();
    } finally {
      output.destroy();
    }
  }
}
