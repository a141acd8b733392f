import type { RoleRule } from "./role-manifest.ts";

const RBAC = "rbac.authorization.k8s.io";

/**
 * A role, and its binding to the service account of its name in a namespace. Without a namespace of its own
 * it is a ClusterRole.
 */
export function boundRole(
  metadata: { readonly name: string; readonly namespace?: string },
  accountNamespace: string,
  rules: readonly RoleRule[],
) {
  const { name } = metadata;
  const kind = metadata.namespace === undefined ? "ClusterRole" : "Role";
  const subject = { kind: "ServiceAccount", name, namespace: accountNamespace };
  return [
    { apiVersion: `${RBAC}/v1`, kind, metadata, rules: rules.map((rule) => ({ ...rule })) },
    {
      ...({ apiVersion: `${RBAC}/v1`, kind: `${kind}Binding`, metadata } as const),
      roleRef: { apiGroup: RBAC, kind, name },
      subjects: [subject],
    },
  ] as const;
}
