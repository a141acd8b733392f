import { IN_CLUSTER } from "../api/pod-context.ts";
import { boundRole } from "../rights/bound-role.ts";
import { RIGHTS, type Right } from "../rights/rights.ts";
import { rightsInside } from "../rights/rights-inside.ts";
import { roleRules } from "../rights/role-manifest.ts";
import { OWN_NAMESPACES } from "../tenancy/own-namespaces.ts";

/** What a scheduled clean-up in a cluster is made with. */
export interface ClusterCleanUp {
  /** The name of its objects, unique in the cluster. Without `sandboxes` also that of its namespace. */
  readonly name: string;
  /** The image of the project, which has the command `nestbox`. */
  readonly image: string;
  /** When it runs, in the syntax of cron. */
  readonly schedule: string;
  /** The namespace that exists and takes all sandboxes. @default each sandbox has one of its own */
  readonly sandboxes?: string | undefined;
}

const NAMESPACE_OF_LEASES = OWN_NAMESPACES.leases.namespace ?? "";

/**
 * The objects of a CronJob that runs `nestbox gc --yes`, and of an account with the rights of that verb
 * alone. It works without a state, from the labels in the cluster.
 */
export function cleanUpObjects({ name, image, schedule, sandboxes }: ClusterCleanUp) {
  const namespace = sandboxes ?? name;
  const inCluster = (right: Right) => right.scope !== "leases";
  return {
    namespaces:
      sandboxes === undefined
        ? [namespaceObject(name, { "pod-security.kubernetes.io/enforce": "baseline" })]
        : [],
    /** The namespace that others use, too. It stays. */
    sharedNamespaces: sandboxes === undefined ? [namespaceObject(NAMESPACE_OF_LEASES)] : [],
    others: [
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } },
      ...(sandboxes === undefined
        ? [
            ...boundRole({ name }, namespace, roleRules(RIGHTS.gc.filter(inCluster))),
            ...boundRole(
              { name, namespace: NAMESPACE_OF_LEASES },
              namespace,
              roleRules(RIGHTS.gc.filter((right) => !inCluster(right))),
            ),
          ]
        : boundRole({ name, namespace }, namespace, roleRules(rightsInside("gc")))),
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name, namespace },
        spec: { podSelector: { matchLabels: labelsOf(name) }, policyTypes: ["Ingress"] },
      },
      {
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: { name, namespace },
        spec: {
          schedule,
          // A removal that takes longer goes on.
          concurrencyPolicy: "Forbid",
          ...{ successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 3 },
          jobTemplate: {
            spec: {
              backoffLimit: 0,
              template: { metadata: { labels: labelsOf(name) }, spec: podSpec(name, image, sandboxes) },
            },
          },
        },
      },
    ],
  } as const;
}

function podSpec(name: string, image: string, sandboxes: string | undefined) {
  const words = ["--yes", "--target", "kubernetes", "--context", IN_CLUSTER];
  const inside = sandboxes === undefined ? [] : ["--namespace", sandboxes];
  return {
    ...{ serviceAccountName: name, restartPolicy: "Never", terminationGracePeriodSeconds: GRACE },
    securityContext: { seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        ...{ name: "gc", image, command: ["nestbox", "--project", "/nestbox", "gc", ...words, ...inside] },
        resources: { requests: { cpu: "50m", memory: "128Mi" } },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      },
    ],
  } as const;
}

/** The time for finishing a removal before SIGKILL, in seconds. */
const GRACE = 60;

function labelsOf(name: string) {
  return { "app.kubernetes.io/name": name, "app.kubernetes.io/managed-by": "nestbox" };
}

function namespaceObject(name: string, labels?: Readonly<Record<string, string>>) {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, ...(labels && { labels }) } } as const;
}
