import type { IncomingMessage } from "node:http";
import { linesOf } from "../../machine/lines.ts";
import type { Cluster } from "./cluster.ts";
import { isRefused } from "./cluster-error.ts";
import { callKubernetes } from "./request.ts";

export interface PodContainerReference {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** Which part of a container's output. */
interface OutputSelection {
  /** Whether to go on until the container ends. @default false */
  readonly follow?: boolean;
  /** Whether to read what the container wrote before its last restart. @default false */
  readonly previous?: boolean;
  /** The number of last lines. @default all */
  readonly last?: number;
  /** Only output that is younger, in milliseconds. Kubernetes takes whole seconds. @default all */
  readonly within?: number | undefined;
  /** Only output since a time in RFC 3339. @default all */
  readonly since?: string;
  /** Whether each line begins with its time. @default false */
  readonly timestamps?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * The output of a container. Standard output and standard error are one stream.
 * @throws as callKubernetes does
 */
export function containerLog(
  cluster: Cluster,
  { namespace, pod, container }: PodContainerReference,
  { follow = false, previous = false, timestamps = false, last, within, since, signal }: OutputSelection = {},
): Promise<IncomingMessage> {
  const query = new URLSearchParams({
    container,
    ...(follow && { follow: "true" }),
    ...(previous && { previous: "true" }),
    ...(timestamps && { timestamps: "true" }),
    ...(last !== undefined && { tailLines: String(last) }),
    ...(within !== undefined && { sinceSeconds: String(Math.max(1, Math.ceil(within / 1000))) }),
    ...(since !== undefined && { sinceTime: since }),
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

/** A time in RFC 3339, and the rest of a line. What the kubelet itself says has no time. */
const TIMED_LINE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d) (.*)$/s;

/**
 * The lines of a container's output. A connection that breaks is opened again where it broke.
 * @throws the signal's reason; as callKubernetes does
 */
export async function* containerLines(
  cluster: Cluster,
  container: PodContainerReference,
  {
    signal,
    ...selection
  }: Pick<OutputSelection, "follow" | "last" | "within"> & {
    readonly signal: AbortSignal;
  },
): AsyncGenerator<string> {
  let newest = "";
  /** The number of lines of that time. */
  let count = 0;
  for (;;) {
    const rest = newest === "" ? selection : { follow: selection.follow ?? false, since: newest };
    const options = { ...rest, timestamps: true, signal };
    const output = await containerLog(cluster, container, options).catch((error: unknown) => {
      // The pod was removed while nobody read it.
      if (newest !== "" && isRefused(error, "NotFound")) return undefined;
      throw error;
    });
    if (output === undefined) return;
    let repeated = count;
    try {
      for await (const line of linesOf(output)) {
        const [, seconds = "", fraction = "", zone = "", text = ""] = TIMED_LINE.exec(line) ?? [];
        if (seconds === "") continue;
        const time = sortableTime(seconds, fraction, zone);
        if (time < newest || (time === newest && repeated > 0)) {
          if (time === newest) repeated -= 1;
          continue;
        }
        count = time === newest ? count + 1 : 1;
        newest = time;
        yield text;
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

/** Texts of times that sort as the times do. */
function sortableTime(seconds: string, fraction: string, zone: string): string {
  const utc = new Date(`${seconds}${zone}`).toISOString().slice(0, 19);
  return `${utc}.${fraction.padEnd(9, "0")}Z`;
}
