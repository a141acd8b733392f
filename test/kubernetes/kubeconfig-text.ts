import type { KubernetesContext } from "../../src/kubernetes/api/kubeconfig.ts";

/** A kubeconfig with this context alone, as JSON. */
export function kubeconfigText(context: KubernetesContext): string {
  const { name, server, authorities, serverName, credentials } = context;
  const { token, certificate, key } = credentials;
  return JSON.stringify({
    clusters: [
      {
        name,
        cluster: {
          server,
          ...(authorities !== undefined && { "certificate-authority-data": base64(authorities) }),
          ...(serverName !== undefined && { "tls-server-name": serverName }),
        },
      },
    ],
    users: [
      {
        name,
        user: {
          ...(token !== undefined && { token }),
          ...(certificate !== undefined && { "client-certificate-data": base64(certificate) }),
          ...(key !== undefined && { "client-key-data": base64(key) }),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  });
}

function base64(content: string): string {
  return Buffer.from(content).toString("base64");
}
