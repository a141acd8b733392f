import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";
import type { Status } from "kubernetes-types/meta/v1.js";
import { answerOf } from "../../machine/answer.ts";
import type { Cluster } from "./cluster.ts";
import { ClusterUnreachable, KubernetesForbidden, KubernetesRefused } from "./cluster-error.ts";

export interface KubernetesRequest {
  readonly method: "DELETE" | "GET" | "POST" | "PUT";
  /** From `/` on, with its query: `/api/v1/namespaces?labelSelector=…`. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
}

/** Answers that take longer are streams, whose head comes at once. */
const LIMIT = { milliseconds: 30_000, message: "no answer within 30 s" };

/**
 * Sends a request to a cluster's API server. Read the answer to its end, or destroy it.
 *
 * @throws KubernetesForbidden for a missing permission; KubernetesRefused for another error status;
 * ClusterUnreachable without an answer and for credentials that are not accepted; the signal's reason
 */
export async function callKubernetes(cluster: Cluster, request: KubernetesRequest): Promise<IncomingMessage> {
  const { signal } = request;
  signal?.throwIfAborted();
  const answer = await sendReliably(cluster, request).catch((error: Error) => {
    signal?.throwIfAborted();
    throw error instanceof ClusterUnreachable ? error : unreachable(cluster, error);
  });
  if ((answer.statusCode ?? 0) < 400) return answer;
  throw refused(cluster, answer.statusCode ?? 0, await text(answer));
}

/** Reads JSON from a cluster's API server. Its type is not checked. @throws as {@link callKubernetes} does */
export async function askKubernetes<Answer>(cluster: Cluster, request: KubernetesRequest): Promise<Answer> {
  const answer = await callKubernetes(cluster, request);
  const json = await text(answer).catch((error: Error) => {
    request.signal?.throwIfAborted();
    throw unreachable(cluster, error);
  });
  return JSON.parse(json) as Answer;
}

/** Sends a request, a GET once more if its connection breaks: an idle one may have been closed meanwhile. */
async function sendReliably(cluster: Cluster, request: KubernetesRequest): Promise<IncomingMessage> {
  try {
    return await send(cluster, request);
  } catch (error) {
    const isBroken = (error as NodeJS.ErrnoException).code === "ECONNRESET";
    if (!isBroken || request.method !== "GET") throw error;
    return send(cluster, request);
  }
}

async function send(cluster: Cluster, call: KubernetesRequest): Promise<IncomingMessage> {
  const { method, path, body, signal } = call;
  const connection = await cluster.connection();
  const json = body && JSON.stringify(body);
  const headers = {
    ...connection.headers,
    accept: "application/json",
    ...(json !== undefined && {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(json),
    }),
  };
  const options = { ...connection, method, headers, signal };
  return answerOf(httpsRequest(new URL(path, cluster.context.server), options), json, LIMIT);
}

/** The error of a request without an answer. */
export function unreachable({ context: { name, server } }: Cluster, { message }: Error): ClusterUnreachable {
  return new ClusterUnreachable(
    `Kubernetes context "${name}": ${server} does not answer (${message}); ` +
      "start the cluster, or choose another context",
  );
}

/** An error status. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export function refused({ context }: Cluster, status: number, body: string): Error {
  const { reason = "", message = body || `status ${status}` } = readStatus(body);
  if (status === 401)
    return new ClusterUnreachable(
      `Kubernetes context "${context.name}": ${context.server} does not accept its credentials; ` +
        "log in to the cluster again",
    );
  if (status === 403 && message.includes(" cannot "))
    return new KubernetesForbidden(
      `Kubernetes context "${context.name}": ${message}; allow it by a Role, or use another context`,
    );
  return new KubernetesRefused(status, reason, message);
}

function readStatus(body: string): Status {
  try {
    return JSON.parse(body);
  } catch {
    return {};
  }
}
