import { ConfigurationError } from "../../model/problem.ts";

/** A cluster that does not answer, or does not accept the credentials of the context. */
export class ClusterUnreachable extends ConfigurationError {
  override readonly name = "ClusterUnreachable";
}

/** The API server answered a request with an error status. */
export class KubernetesRefused extends Error {
  override readonly name = "KubernetesRefused";
  readonly status: number;
  /** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/: "AlreadyExists". */
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

/** Whether the API server refused a request for a reason of this kind. */
export function isRefused(error: unknown, reason: "AlreadyExists" | "Conflict" | "NotFound"): boolean {
  return error instanceof KubernetesRefused && error.reason === reason;
}

/** The context's user may not do something. The message names the verb and the resource. */
export class KubernetesForbidden extends ConfigurationError {
  override readonly name = "KubernetesForbidden";
}
