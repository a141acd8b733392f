/** A verb of the Kubernetes API: https://kubernetes.io/docs/reference/access-authn-authz/authorization/ */
export type ApiVerb =
  | "create"
  | "delete"
  | "deletecollection"
  | "get"
  | "list"
  | "patch"
  | "update"
  | "watch";

/** What a user must be allowed to do with a resource. */
export interface Right {
  /** The API group; empty for the core group. */
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly ApiVerb[];
  /** Where: `cluster` for all namespaces, `leases` for the namespace of all leases. */
  readonly scope: "cluster" | "leases" | "sandbox";
}

const CORE = "";

const LEASES: Right = {
  ...{ group: "coordination.k8s.io", resource: "leases", scope: "leases" },
  verbs: ["create", "delete", "get", "list", "update"],
};

/** Each command looks for what killed ones left. */
const LOOK: readonly Right[] = [
  { group: CORE, resource: "namespaces", verbs: ["list"], scope: "cluster" },
  { group: "batch", resource: "jobs", verbs: ["list"], scope: "cluster" },
];

/** Takes the lease of use of a sandbox that is up. */
const USE: readonly Right[] = [...LOOK, LEASES];

const FIND_PODS = inSandbox(CORE, ["pods"], ["list"]);

/** The second verb is that of the WebSocket up to Kubernetes 1.34, the first that from 1.35 on. */
const EXEC = inSandbox(CORE, ["pods/exec"], ["create", "get"]);

const RUN: readonly Right[] = [
  ...USE,
  { group: CORE, resource: "namespaces", verbs: ["create", "delete"], scope: "cluster" },
  ...inSandbox(CORE, ["secrets", "services", "persistentvolumeclaims"], ["create"]),
  ...inSandbox(CORE, ["resourcequotas", "limitranges"], ["create"]),
  ...inSandbox("networking.k8s.io", ["networkpolicies"], ["create"]),
  ...inSandbox(CORE, ["configmaps"], ["create", "delete"]),
  ...inSandbox("apps", ["deployments"], ["create", "list", "watch"]),
  ...inSandbox("apps", ["replicasets"], ["list", "watch"]),
  ...inSandbox(CORE, ["events"], ["list", "watch"]),
  ...inSandbox("batch", ["jobs"], ["create", "delete", "list", "watch"]),
  ...inSandbox(CORE, ["pods"], ["create", "delete", "list", "watch"]),
  ...inSandbox(CORE, ["pods/log"], ["get"]),
  ...EXEC,
  ...inSandbox(CORE, ["pods/portforward"], ["create", "get"]),
];

const UP: readonly Right[] = [
  ...RUN,
  { group: CORE, resource: "namespaces", verbs: ["get", "update"], scope: "cluster" },
  ...inSandbox(CORE, ["secrets"], ["delete", "get", "update"]),
  ...inSandbox(CORE, ["configmaps"], ["list", "update"]),
  ...inSandbox(CORE, ["services", "persistentvolumeclaims"], ["delete", "get", "list", "update"]),
  ...inSandbox(CORE, ["resourcequotas", "limitranges"], ["delete", "list", "update"]),
  ...inSandbox("networking.k8s.io", ["networkpolicies"], ["delete", "list", "update"]),
  ...inSandbox("apps", ["deployments"], ["delete", "get", "update"]),
  ...inSandbox("batch", ["jobs"], ["get", "update"]),
];

/** Pulumi's provider applies each object on the server, reads it back, deletes it and watches for its end. */
const STACK: readonly Right[] = [
  ...RUN,
  { group: CORE, resource: "namespaces", verbs: ["get", "patch", "watch"], scope: "cluster" },
  ...inSandbox(
    CORE,
    ["secrets", "services", "persistentvolumeclaims", "resourcequotas", "limitranges"],
    ["delete", "get", "list", "patch", "watch"],
  ),
  ...inSandbox(CORE, ["configmaps"], ["get", "list", "patch", "watch"]),
  ...inSandbox("networking.k8s.io", ["networkpolicies"], ["delete", "get", "list", "patch", "watch"]),
  ...inSandbox("apps", ["deployments"], ["delete", "get", "patch"]),
  ...inSandbox("batch", ["jobs"], ["get", "patch"]),
];

/** What each verb of Nestbox needs in a cluster. `pulumi` is what `up` and `down` of a stack need. */
export const RIGHTS = {
  connect: merged([...USE, ...FIND_PODS, ...EXEC]),
  down: merged([...USE, { group: CORE, resource: "namespaces", verbs: ["delete"], scope: "cluster" }]),
  env: merged([...USE, ...FIND_PODS]),
  exec: merged([...USE, ...FIND_PODS, ...EXEC]),
  extend: merged(USE),
  fork: merged(RUN),
  gc: merged([
    ...LOOK,
    // A removal has a lease of its own, and its record is one.
    LEASES,
    { group: CORE, resource: "namespaces", verbs: ["delete"], scope: "cluster" },
    { group: "batch", resource: "jobs", verbs: ["delete"], scope: "cluster" },
    { group: CORE, resource: "configmaps", verbs: ["delete"], scope: "cluster" },
  ]),
  logs: merged([...USE, ...FIND_PODS, ...inSandbox(CORE, ["pods/log"], ["get"])]),
  ls: merged([
    ...LOOK,
    { ...LEASES, verbs: ["list"] },
    { group: CORE, resource: "pods", verbs: ["list"], scope: "cluster" },
    { group: "apps", resource: "deployments", verbs: ["list"], scope: "cluster" },
  ]),
  prove: merged(RUN),
  pulumi: merged(STACK),
  run: merged(RUN),
  up: merged(UP),
} satisfies Readonly<Record<string, readonly Right[]>>;

export type VerbWithRights = keyof typeof RIGHTS;

/** Whether a verb of Nestbox needs rights in a cluster. */
export function needsRights(verb: string): verb is VerbWithRights {
  return Object.hasOwn(RIGHTS, verb);
}

function inSandbox(group: string, resources: readonly string[], verbs: readonly ApiVerb[]): readonly Right[] {
  return resources.map((resource) => ({ group, resource, verbs, scope: "sandbox" }));
}

/** Each resource once for a scope, in alphabetical order. */
export function merged(rights: readonly Right[]): readonly Right[] {
  const byResource = Map.groupBy(rights, ({ group, resource, scope }) => `${group}/${resource}/${scope}`);
  return [...byResource]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([, same]) => {
      const verbs = [...new Set(same.flatMap((right) => right.verbs))].sort();
      return same.slice(0, 1).map((right) => ({ ...right, verbs }));
    });
}
