import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";
import type { Status } from "kubernetes-types/meta/v1.js";
import { answerOf } from "../../machine/answer.ts";
import { addressIn, type Cluster, type ClusterConnection } from "./cluster.ts";
import {
  ClusterUnreachable,
  CredentialsRefused,
  KubernetesForbidden,
  KubernetesRefused,
  ProxyFailed,
} from "./cluster-error.ts";
import { withCredentials } from "./renew-credentials.ts";
import { millisecondsOf, repeatLater } from "./repeat-later.ts";

const http = process.getBuiltinModule("node:http");

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
 * Sends a request to a cluster's API server, again if that asks for it. Read the answer to its end, or
 * destroy it.
 *
 * @throws KubernetesForbidden for a missing permission; KubernetesRefused for another error status;
 * ClusterUnreachable without an answer and for credentials that are not accepted; the signal's reason
 */
export function callKubernetes(cluster: Cluster, request: KubernetesRequest): Promise<IncomingMessage> {
  const call = ({ options }: ClusterConnection) => callOnce(cluster, request, options);
  return repeatLater(request, () => withCredentials(cluster, call));
}

async function callOnce(
  cluster: Cluster,
  request: KubernetesRequest,
  options: ClusterConnection["options"],
): Promise<IncomingMessage> {
  const { signal } = request;
  signal?.throwIfAborted();
  const answer = await sendReliably(cluster, request, options).catch((error: Error) => {
    signal?.throwIfAborted();
    throw unreachable(cluster, error);
  });
  if ((answer.statusCode ?? 0) < 400) return answer;
  const body = await text(answer).catch((error: Error) => {
    signal?.throwIfAborted();
    throw unreachable(cluster, error);
  });
  throw refused(cluster, request, answer, body);
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
async function sendReliably(
  cluster: Cluster,
  request: KubernetesRequest,
  options: ClusterConnection["options"],
): Promise<IncomingMessage> {
  try {
    return await send(cluster, request, options);
  } catch (error) {
    const isBroken = (error as NodeJS.ErrnoException).code === "ECONNRESET";
    if (!isBroken || request.method !== "GET") throw error;
    return send(cluster, request, options);
  }
}

function send(
  cluster: Cluster,
  { method, path, body, signal }: KubernetesRequest,
  options: ClusterConnection["options"],
): Promise<IncomingMessage> {
  const json = body && JSON.stringify(body);
  const headers = {
    ...options.headers,
    accept: "application/json",
    ...(json !== undefined && {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(json),
    }),
  };
  const address = addressIn(cluster, path);
  const open = address.protocol === "http:" ? http.request : httpsRequest;
  return answerOf(open(address, { ...options, method, headers, signal }), json, LIMIT);
}

/** The characters of an answer that an error repeats, if no API server wrote it but a proxy before it. */
const LONGEST = 500;

/** The codes of Node and OpenSSL for a certificate of the server, or an authority, that is not accepted. */
const CERTIFICATE_PROBLEM =
  /^(ERR_TLS_CERT_|CERT_|SELF_SIGNED_CERT|DEPTH_ZERO_|UNABLE_TO_|ERR_OSSL_(PEM|ASN1)_)/;

/** The error of a request without an answer. */
export function unreachable({ context: { name, server } }: Cluster, error: Error): ClusterUnreachable {
  const { message, code = "" } = error as NodeJS.ErrnoException;
  if (CERTIFICATE_PROBLEM.test(code))
    return new ClusterUnreachable(
      `Kubernetes context "${name}": the certificate of ${server} is not accepted (${message}); ` +
        "correct its certificate-authority or tls-server-name in the kubeconfig",
    );
  if (error instanceof ProxyFailed)
    return new ClusterUnreachable(`Kubernetes context "${name}": ${server} is not reached: ${message}`);
  return new ClusterUnreachable(
    `Kubernetes context "${name}": ${server} does not answer (${message}); ` +
      "start the cluster, or choose another context",
  );
}

/** An error status. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export function refused(
  { context }: Cluster,
  { method, path }: Pick<KubernetesRequest, "method" | "path">,
  { statusCode: status = 0, headers }: Pick<IncomingMessage, "statusCode" | "headers">,
  body: string,
): Error {
  const { reason = "", message = `status ${status} ${body.trim().slice(0, LONGEST)}`.trim() } =
    readStatus(body);
  if (status === 401)
    return new CredentialsRefused(
      `Kubernetes context "${context.name}": ${context.server} does not accept its credentials; ` +
        "log in to the cluster again",
    );
  if (status === 403 && message.includes(" cannot "))
    return new KubernetesForbidden(`Kubernetes context "${context.name}": ${message}`);
  if (status !== 429 && status < 500 && reason !== "") return new KubernetesRefused(status, reason, message);
  // Its query may have the words of a command.
  const named = `Kubernetes context "${context.name}": ${method} ${path.split("?")[0]}: ${message}`;
  return new KubernetesRefused(status, reason, named, millisecondsOf(headers["retry-after"], Date.now()));
}

function readStatus(body: string): Status {
  try {
    const status: unknown = JSON.parse(body);
    return typeof status === "object" && status !== null ? status : {};
  } catch {
    return {};
  }
}
