import type { Readable, Writable } from "node:stream";
import type { Status } from "kubernetes-types/meta/v1.js";
import type { Cluster } from "./cluster.ts";
import { KubernetesRefused } from "./cluster-error.ts";
import type { PodContainerReference } from "./container-log.ts";
import { openWebSocket, sendOnChannel } from "./web-socket.ts";

/** A command in a running container. */
export interface PodCommand {
  readonly words: readonly string[];
  /** @default empty */
  readonly stdin?: Readable;
  /** @default nobody reads it */
  readonly stdout?: Writable;
  /** @default nobody reads it */
  readonly stderr?: Writable;
  readonly signal?: AbortSignal;
}

const PROTOCOL = "v5.channel.k8s.io";
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const;

/**
 * Runs a command in a running container, and returns its exit code.
 * @throws KubernetesRefused for a program or container that does not exist, and for a container that ends;
 * the signal's reason; or as callKubernetes does
 */
export async function execInPod(
  cluster: Cluster,
  { namespace, pod, container }: PodContainerReference,
  { words, stdin, stdout, stderr, signal }: PodCommand,
): Promise<number> {
  const query = new URLSearchParams([
    ["container", container],
    ["stdout", "true"],
    ["stderr", "true"],
    ...(stdin ? [["stdin", "true"]] : []),
    ...words.map((word) => ["command", word]),
  ] as [string, string][]);
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/exec?${query}`;
  const socket = await openWebSocket(cluster, path, PROTOCOL, signal);
  try {
    signal?.throwIfAborted();
    return await new Promise<number>((resolve, reject) => {
      socket.on("message", (message: Buffer) => {
        const content = message.subarray(1);
        if (message[0] === CHANNEL.stdout) stdout?.write(content);
        else if (message[0] === CHANNEL.stderr) stderr?.write(content);
        else if (message[0] === CHANNEL.status) readExitCode(content.toString()).then(resolve, reject);
      });
      socket.once("error", reject);
      socket.once("close", () => {
        const message = `pod ${pod}: the connection to container ${container} ended before its command`;
        reject(signal?.aborted ? signal.reason : new KubernetesRefused(0, "Closed", message));
      });
      socket.resume();
      if (stdin) sendInput(stdin).catch(reject);
    });
  } finally {
    socket.terminate();
  }

  async function sendInput(input: Readable): Promise<void> {
    for await (const part of input) await sendOnChannel(socket, CHANNEL.stdin, Buffer.from(part));
    await sendOnChannel(socket, CHANNEL.close, Buffer.of(CHANNEL.stdin));
  }
}

/** The exit code of a command, which the cluster reports as a status with causes. */
async function readExitCode(json: string): Promise<number> {
  const { status, reason = "", message = "", details } = JSON.parse(json) as Status;
  if (status === "Success") return 0;
  const code = details?.causes?.find((cause) => cause.reason === "ExitCode")?.message;
  if (code === undefined) throw new KubernetesRefused(500, reason, message);
  return Number(code);
}
