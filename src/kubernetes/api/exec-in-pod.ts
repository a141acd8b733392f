import { type Readable, Writable } from "node:stream";
import type { Status } from "kubernetes-types/meta/v1.js";
import type { WebSocket } from "ws";
import type { Terminal } from "../../sandbox/running-sandbox.ts";
import type { Cluster } from "./cluster.ts";
import { KubernetesRefused } from "./cluster-error.ts";
import type { PodContainerReference } from "./container-log.ts";
import { openWebSocket, sendOnChannel } from "./web-socket.ts";

/** A command in a running container. */
export interface PodCommand {
  readonly words: readonly string[];
  /** @default empty */
  readonly stdin?: Readable | undefined;
  /** @default nobody reads it */
  readonly stdout?: Writable;
  /** @default nobody reads it */
  readonly stderr?: Writable;
  /** The terminal whose size that of the command follows. @default the command gets no terminal */
  readonly terminal?: Terminal | undefined;
  readonly signal?: AbortSignal;
}

const PROTOCOL = "v5.channel.k8s.io";
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, status: 3, size: 4, close: 255 } as const;

/**
 * Runs a command in a running container, and returns its exit code.
 * @throws KubernetesRefused for a program or container that does not exist, and for a container that ends;
 * the signal's reason; or as callKubernetes does
 */
export async function execInPod(
  cluster: Cluster,
  { namespace, pod, container }: PodContainerReference,
  { words, stdin, stdout, stderr, terminal, signal }: PodCommand,
): Promise<number> {
  const query = new URLSearchParams([
    ["container", container],
    ["stdout", "true"],
    ...(terminal ? [["tty", "true"]] : [["stderr", "true"]]),
    ...(stdin ? [["stdin", "true"]] : []),
    ...words.map((word) => ["command", word]),
  ] as [string, string][]);
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/exec?${query}`;
  const socket = await openWebSocket(cluster, path, PROTOCOL, signal);
  const ended = new AbortController();
  try {
    signal?.throwIfAborted();
    return await new Promise<number>((resolve, reject) => {
      socket.on("message", (message: Buffer) => {
        const content = message.subarray(1);
        if (message[0] === CHANNEL.stdout) passOn(content, stdout, socket);
        else if (message[0] === CHANNEL.stderr) passOn(content, stderr, socket);
        else if (message[0] === CHANNEL.status) readExitCode(content.toString()).then(resolve, reject);
      });
      socket.once("error", reject);
      socket.once("close", () => {
        const message = `pod ${pod}: the connection to container ${container} ended before its command`;
        reject(signal?.aborted ? signal.reason : new KubernetesRefused(0, "Closed", message));
      });
      socket.resume();
      if (terminal) sendSize(socket, terminal, ended.signal);
      if (stdin) sendInput(socket, stdin, ended.signal, reject);
    });
  } finally {
    ended.abort();
    socket.terminate();
  }
}

/** Writes output, and reads no more of it while nobody takes it. */
function passOn(content: Buffer, output: Writable | undefined, socket: WebSocket): void {
  if (output === undefined || output.write(content)) return;
  socket.pause();
  output.once("drain", () => socket.resume());
}

/** Sends the size of a terminal now and after each change. */
function sendSize(socket: WebSocket, terminal: Terminal, ended: AbortSignal): void {
  const send = () => {
    const size = { Width: terminal.columns, Height: terminal.rows };
    // A connection that has ended fails the command itself.
    sendOnChannel(socket, CHANNEL.size, Buffer.from(JSON.stringify(size))).catch(() => {});
  };
  send();
  ended.addEventListener("abort", terminal.onResize(send), { once: true });
}

/** Sends input until its end. The command may end before it: what nobody has read stays in the stream. */
function sendInput(
  socket: WebSocket,
  input: Readable,
  ended: AbortSignal,
  fail: (error: Error) => void,
): void {
  const sending = new Writable({
    write: (part: Buffer, _, done) => {
      sendOnChannel(socket, CHANNEL.stdin, part).then(() => done(), done);
    },
    final: (done) => {
      sendOnChannel(socket, CHANNEL.close, Buffer.of(CHANNEL.stdin)).then(() => done(), done);
    },
  });
  // A connection that has ended fails the command itself.
  sending.on("error", () => {});
  input.once("error", fail).pipe(sending);
  ended.addEventListener("abort", () => input.off("error", fail).unpipe(sending), { once: true });
}

/** The exit code of a command, which the cluster reports as a status with causes. */
async function readExitCode(json: string): Promise<number> {
  const { status, reason = "", message = "", details } = JSON.parse(json) as Status;
  if (status === "Success") return 0;
  const code = details?.causes?.find((cause) => cause.reason === "ExitCode")?.message;
  if (code === undefined) throw new KubernetesRefused(500, reason, message);
  return Number(code);
}
