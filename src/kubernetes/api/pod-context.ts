import { readFileSync } from "node:fs";
import path from "node:path";
import type { Environment } from "../../machine/environment.ts";

/** https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
export const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The name of the context of a pod's service account. */
export const IN_CLUSTER = "in-cluster";

/**
 * The context of a pod's service account; undefined outside a pod, and in one without a token.
 * @param account the folder of the service account
 */
export function podContext(environment: Environment, account: string) {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  const tokenFile = path.join(account, "token");
  if (!host || !port || contentOf(tokenFile) === undefined) return undefined;
  return {
    name: IN_CLUSTER,
    namespace: contentOf(path.join(account, "namespace")),
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    authorities: contentOf(path.join(account, "ca.crt")),
    isInsecure: false,
    credentials: { tokenFile },
  };
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
