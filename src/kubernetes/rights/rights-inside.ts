import { type ApiVerb, merged, RIGHTS, type Right, type VerbWithRights } from "./rights.ts";

/** What only a namespace of its own has. */
const OF_NAMESPACES: readonly string[] = ["namespaces", "resourcequotas", "limitranges"];

const POLICIES: Omit<Right, "verbs"> = {
  ...{ group: "networking.k8s.io", resource: "networkpolicies", scope: "sandbox" },
};

/** A sandbox is removed object by object: what has pods, what they use, and at last the policies. */
const REMOVE: readonly Right[] = [
  ...["configmaps", "persistentvolumeclaims", "secrets", "services"].map((resource) =>
    right("", resource, ["deletecollection"]),
  ),
  right("", "pods", ["deletecollection", "list"]),
  right("apps", "deployments", ["deletecollection", "list"]),
  right("batch", "jobs", ["deletecollection", "list"]),
  { ...POLICIES, verbs: ["delete", "get", "list", "update"] },
];

/** What a verb needs in a namespace that exists, and nowhere else. @param verb default: all verbs */
export function rightsInside(verb?: VerbWithRights): readonly Right[] {
  const rights = verb === undefined ? Object.values(RIGHTS).flat() : RIGHTS[verb];
  return merged([
    ...rights.filter(({ resource }) => !OF_NAMESPACES.includes(resource)),
    ...rights.flatMap((one) => (one.resource === "namespaces" ? ofRoot(one) : [])),
    ...(verb === undefined || FIND_ADDRESSES.includes(verb) ? [right("", "services", ["list"])] : []),
  ]);
}

/** Inside, a policy is the root of a sandbox. */
function ofRoot({ verbs }: Right): readonly Right[] {
  return [{ ...POLICIES, verbs }, ...(verbs.includes("delete") ? REMOVE : [])];
}

/** The verbs that look up the addresses of aliases. */
const FIND_ADDRESSES: readonly VerbWithRights[] = ["connect", "env", "exec", "logs", "prove", "run", "up"];

function right(group: string, resource: string, verbs: readonly ApiVerb[]): Right {
  return { group, resource, verbs, scope: "sandbox" };
}
