import { randomBytes } from "node:crypto";
import { type Cluster, clusterOf } from "../../src/kubernetes/api/cluster.ts";
import { createObject } from "../../src/kubernetes/api/objects.ts";
import type { RoleRule } from "../../src/kubernetes/rights/role-manifest.ts";
import { applyObjects, kubectl } from "../kubectl.ts";
import { testCluster } from "./created-namespace.ts";
import { kubeconfigText } from "./kubeconfig-text.ts";

/** An account of the tests' cluster with permissions of its own. */
export interface LimitedAccount {
  /** Sets its permissions, and returns the cluster with its credentials. */
  allow(...rules: readonly RoleRule[]): Cluster;
  /** A kubeconfig with its credentials, as JSON. */
  kubeconfig(): string;
  remove(): void;
}

const RBAC = "rbac.authorization.k8s.io";

/** Creates an account without permissions. */
export async function limitedAccount(): Promise<LimitedAccount> {
  const cluster = testCluster();
  const name = `limited-${randomBytes(3).toString("hex")}`;
  const namespace = "default";
  await createObject(cluster, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } });
  const token = kubectl("--namespace", namespace, "create", "token", name).trim();
  const context = { ...cluster.context, name, credentials: { token } };
  return {
    allow: (...rules) => {
      const object = { apiVersion: `${RBAC}/v1`, metadata: { name } };
      const roleRef = { apiGroup: RBAC, kind: "ClusterRole", name };
      const subjects = [{ kind: "ServiceAccount", name, namespace }];
      applyObjects(
        { ...object, kind: "ClusterRole", rules },
        { ...object, kind: "ClusterRoleBinding", roleRef, subjects },
      );
      return clusterOf({ ...context, name: cluster.context.name }, process.env);
    },
    kubeconfig: () => kubeconfigText(context),
    remove: () => {
      kubectl("--namespace", namespace, "delete", "serviceaccount", name);
      kubectl("delete", "clusterrole,clusterrolebinding", name, "--ignore-not-found");
    },
  };
}
