import { ConfigurationError } from "../../model/problem.ts";

/** A cluster that does not answer, or does not accept the credentials of the context. */
export class ClusterUnreachable extends ConfigurationError {
  override readonly name = "ClusterUnreachable";
}

/** The API server does not accept the credentials of the context. */
export class CredentialsRefused extends ClusterUnreachable {}

/** A proxy opens no connection to the API server. The message has no password. */
export class ProxyFailed extends Error {
  override readonly name = "ProxyFailed";
}

/** The API server answered a request with an error status. */
export class KubernetesRefused extends Error {
  override readonly name = "KubernetesRefused";
  readonly status: number;
  /** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/: "AlreadyExists". */
  readonly reason: string;
  /** The milliseconds after which the API server asks for the request again. */
  readonly retryAfter: number | undefined;

  constructor(status: number, reason: string, message: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}

/** Whether the API server refused a request for a reason of this kind. */
export function isRefused(error: unknown, reason: "AlreadyExists" | "Conflict" | "NotFound"): boolean {
  return error instanceof KubernetesRefused && error.reason === reason;
}

/** What is known of a missing permission. */
export interface ForbiddenContext {
  /** The verb of Nestbox that needs it. @default unknown */
  readonly verb?: string | undefined;
  /** The namespace that takes all sandboxes. @default each has one of its own */
  readonly namespace?: string | undefined;
  /** What to do without an administrator. @default "use another context" */
  readonly instead?: string | undefined;
}

/** The context's user may not do something. The message names the API's verb and the resource. */
export class KubernetesForbidden extends ConfigurationError {
  override readonly name = "KubernetesForbidden";
  readonly problem: string;
  readonly context: ForbiddenContext;

  /** @param problem what is forbidden */
  constructor(problem: string, context: ForbiddenContext = {}) {
    const { verb, namespace, instead = "use another context" } = context;
    const words = ["nestbox cluster rights", verb, namespace && `--namespace ${namespace}`];
    const command = words.filter(Boolean).join(" ");
    super(`${problem}; have an administrator apply what "${command}" prints, or ${instead}`);
    this.problem = problem;
    this.context = context;
  }
}
