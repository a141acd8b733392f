import { Agent } from "node:https";
import { credentialReader, type RequestCredentials } from "./credentials.ts";
import type { KubernetesContext } from "./kubeconfig.ts";

/** A cluster that this process sends requests to. Nothing is sent before the first request. */
export interface Cluster {
  readonly context: KubernetesContext;
  /** Keeps connections for later requests. An idle one does not keep this process alive. */
  readonly agent: Agent;
  /** @throws ClusterUnreachable if the context's credentials cannot be had */
  readonly credentials: () => Promise<RequestCredentials>;
}

/** Prepares the connections to the cluster of a context. */
export function clusterOf(context: KubernetesContext): Cluster {
  const { authorities, serverName, isInsecure } = context;
  const agent = new Agent({
    keepAlive: true,
    rejectUnauthorized: !isInsecure,
    ...(authorities !== undefined && { ca: authorities }),
    ...(serverName !== undefined && { servername: serverName }),
  });
  return { context, agent, credentials: credentialReader(context) };
}
