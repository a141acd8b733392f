import type { Agent as HttpAgent } from "node:http";
import { Agent, type RequestOptions } from "node:https";
import type { Environment } from "../../machine/environment.ts";
import { credentialReader, type RequestCredentials } from "./credentials.ts";
import { environmentProxy } from "./environment-proxy.ts";
import { impersonationHeaders } from "./impersonation-headers.ts";
import type { KubernetesContext } from "./kubeconfig.ts";
import type { ClusterProxy } from "./proxy.ts";

const http = process.getBuiltinModule("node:http");

/** A cluster that this process sends requests to. Nothing is sent before the first request. */
export interface Cluster {
  readonly context: KubernetesContext;
  /**
   * The connections and credentials of a request. Connections are kept for later requests. An idle one does
   * not keep this process alive.
   * @param refused credentials that were not accepted: they are read again
   * @throws ClusterUnreachable if the context's credentials cannot be had
   */
  readonly connection: (refused?: RequestCredentials) => Promise<ClusterConnection>;
}

export interface ClusterConnection {
  readonly options: Pick<RequestOptions, "agent" | "headers" | "cert" | "key">;
  readonly credentials: RequestCredentials;
}

/**
 * Prepares the connections to the cluster of a context.
 * @param environment of the program that prints credentials. It may name a proxy, too
 * @throws ConfigurationError for a proxy of the environment that is no address
 */
export function clusterOf(context: KubernetesContext, environment: Environment): Cluster {
  const server = new URL(context.server);
  const proxy = context.proxy ?? environmentProxy(server, environment);
  const impersonation = impersonationHeaders(context.impersonation);
  // Credentials would be readable on the way. kubectl sends none either: `kubectl proxy` adds its own.
  const readCredentials =
    server.protocol === "http:"
      ? async (): Promise<RequestCredentials> => ({})
      : credentialReader(context, environment);
  let opening: Promise<HttpAgent> | undefined;
  return {
    context,
    connection: async (refused) => {
      opening ??= openAgent(context, proxy);
      const [agent, credentials] = await Promise.all([opening, readCredentials(refused)]);
      const { token, certificate: cert, key } = credentials;
      const headers = { ...impersonation, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
      const options = { agent, headers, ...(cert !== undefined && key !== undefined && { cert, key }) };
      return { options, credentials };
    },
  };
}

async function openAgent(
  { server, authorities: ca, serverName: servername, isInsecure }: KubernetesContext,
  proxy: ClusterProxy | undefined,
): Promise<HttpAgent> {
  const agent =
    new URL(server).protocol === "http:"
      ? new http.Agent({ keepAlive: true })
      : new Agent({ keepAlive: true, rejectUnauthorized: !isInsecure, ca, servername });
  if (proxy === undefined) return agent;
  // Imported here: few clusters are behind a proxy.
  const { sendThroughProxy } = await import("./tunnel.ts");
  sendThroughProxy(agent, proxy);
  return agent;
}

/** The address of a request. A server may have a path of its own, as behind Rancher or GitLab's agent. */
export function addressIn({ context: { server } }: Cluster, path: string): URL {
  return new URL(server.replace(/\/+$/, "") + path);
}
