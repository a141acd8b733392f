import { Agent, type RequestOptions } from "node:https";
import { credentialReader } from "./credentials.ts";
import type { KubernetesContext } from "./kubeconfig.ts";

/** A cluster that this process sends requests to. Nothing is sent before the first request. */
export interface Cluster {
  readonly context: KubernetesContext;
  /**
   * The connections and credentials of a request. Connections are kept for later requests. An idle one does
   * not keep this process alive.
   * @throws ClusterUnreachable if the context's credentials cannot be had
   */
  readonly connection: () => Promise<Pick<RequestOptions, "agent" | "headers" | "cert" | "key">>;
}

/** Prepares the connections to the cluster of a context. */
export function clusterOf(context: KubernetesContext): Cluster {
  const { authorities: ca, serverName: servername, isInsecure } = context;
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: !isInsecure, ca, servername });
  const readCredentials = credentialReader(context);
  return {
    context,
    connection: async () => {
      const { token, certificate: cert, key } = await readCredentials();
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      return { agent, headers, ...(cert !== undefined && key !== undefined && { cert, key }) };
    },
  };
}
