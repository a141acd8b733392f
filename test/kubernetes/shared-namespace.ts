import { randomBytes } from "node:crypto";
import { applyObjects, kubectl } from "../kubectl.ts";
import { testCluster } from "./created-namespace.ts";
import { kubeconfigText } from "./kubeconfig-text.ts";

/** A team's namespace with pods of its own, and an account that may edit there and nowhere else. */
export interface SharedNamespace {
  readonly name: string;
  /** A kubeconfig of the account, as JSON. */
  readonly kubeconfig: string;
  /** The team's objects and the cluster's, as `kind/name uid generation`. */
  contents(): readonly string[];
  /** The output of a command in a pod of the team. */
  inTeam(...command: readonly string[]): string;
  /** The address of the team's pod `database`. */
  readonly database: string;
  remove(): void;
}

const KINDS =
  "pod,service,configmap,secret,persistentvolumeclaim,deployment,replicaset,job,networkpolicy,lease," +
  "resourcequota,limitrange";

/**
 * Creates the namespace, with a Service `database` of the team, and waits for its pods.
 * @param role the account's Role, which the caller applies there. Default: the ClusterRole `edit`
 */
export function sharedNamespace(role?: string): SharedNamespace {
  const name = `team-${randomBytes(3).toString("hex")}`;
  const rbac = "rbac.authorization.k8s.io";
  applyObjects(
    { apiVersion: "v1", kind: "Namespace", metadata: { name } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "developer", namespace: name } },
    {
      apiVersion: `${rbac}/v1`,
      kind: "RoleBinding",
      metadata: { name: "developer", namespace: name },
      roleRef: { apiGroup: rbac, kind: role === undefined ? "ClusterRole" : "Role", name: role ?? "edit" },
      subjects: [{ kind: "ServiceAccount", name: "developer", namespace: name }],
    },
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings", namespace: name } },
    { apiVersion: "v1", kind: "Secret", metadata: { name: "secrets", namespace: name } },
    ...["database", "client"].flatMap((app) => teamObjects(name, app)),
  );
  const wait = ["--for=condition=Available", "--timeout=2m", "deployment", "--all"];
  kubectl("--namespace", name, "wait", ...wait);
  const token = kubectl("--namespace", name, "create", "token", "developer").trim();
  const { context } = testCluster();
  const ip = ["get", "pod", "--selector", "app=database", "-o", "jsonpath={.items[0].status.podIP}"];
  return {
    name,
    kubeconfig: kubeconfigText({ ...context, credentials: { token } }),
    contents: () => {
      const { items } = JSON.parse(kubectl("--namespace", name, "get", KINDS, "-o", "json")) as {
        readonly items: readonly {
          readonly kind: string;
          readonly metadata: { readonly name: string; readonly uid: string; readonly generation?: number };
        }[];
      };
      return items
        .map(({ kind, metadata }) => `${kind}/${metadata.name} ${metadata.uid} ${metadata.generation ?? ""}`)
        .sort();
    },
    inTeam: (...command) => kubectl("--namespace", name, "exec", "deployment/client", "--", ...command),
    database: kubectl("--namespace", name, ...ip),
    remove: () => void kubectl("delete", "namespace", name, "--wait=false"),
  };
}

function teamObjects(namespace: string, app: string): readonly object[] {
  const metadata = { name: app, namespace };
  const labels = { app };
  const spec = {
    containers: [{ name: "redis", image: "redis:7-alpine" }],
    terminationGracePeriodSeconds: 0,
  };
  return [
    { apiVersion: "v1", kind: "Service", metadata, spec: { selector: labels, ports: [{ port: 6379 }] } },
    {
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    },
  ];
}
