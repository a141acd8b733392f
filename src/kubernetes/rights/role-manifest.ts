import { toYaml } from "../../text/yaml.ts";
import { merged, RIGHTS, type Right, type VerbWithRights } from "./rights.ts";
import { rightsInside } from "./rights-inside.ts";

/** A rule of a Role: https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/role-v1/ */
export interface RoleRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/**
 * The ClusterRole with what a verb of Nestbox needs, as YAML.
 * @param verb default: all verbs
 * @param namespace the one that takes all sandboxes: a Role there. Default: each has one of its own
 */
export function roleManifest(verb?: VerbWithRights, namespace?: string): string {
  const name = verb === undefined ? "nestbox" : `nestbox-${verb}`;
  const isInside = namespace !== undefined;
  const own = verb === undefined ? Object.values(RIGHTS).flat() : RIGHTS[verb];
  const rights = isInside ? rightsInside(verb) : own;
  const command = verb === undefined ? "every verb of nestbox" : `nestbox ${verb}`;
  const bind = isInside
    ? `kubectl --namespace ${namespace} create rolebinding ${name} --role=${name}`
    : `kubectl create clusterrolebinding ${name} --clusterrole=${name}`;
  return [
    `# What ${command} needs${isInside ? ` inside ${namespace}` : ""}. Apply it, and bind it:`,
    `#   ${bind} --user=NAME`,
    toYaml({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: isInside ? "Role" : "ClusterRole",
      metadata: { name, ...(isInside && { namespace }) },
      rules: roleRules(rights).map((rule) => ({ ...rule })),
    }),
  ].join("\n");
}

/** Rules for rights, one for the resources of a group with the same verbs. */
export function roleRules(rights: readonly Right[]): readonly RoleRule[] {
  const everywhere = merged(rights.map((right) => ({ ...right, scope: "cluster" })));
  const alike = Map.groupBy(everywhere, ({ group, verbs }) => `${group}: ${verbs}`);
  return [...alike.values()].map((rows) => ({
    apiGroups: [...new Set(rows.map(({ group }) => group))],
    resources: rows.map(({ resource }) => resource),
    verbs: rows[0]?.verbs ?? [],
  }));
}
