import type { Deployment } from "kubernetes-types/apps/v1.js";
import type { Pod } from "kubernetes-types/core/v1.js";
import { LABEL } from "../../model/labels.ts";
import type { Cluster } from "../api/cluster.ts";
import { listObjects, readObject } from "../api/objects.ts";
import type { KubernetesObjects } from "../lowering/lower-to-kubernetes.ts";
import { SECRET_NAME } from "../lowering/pod-environment.ts";
import { PULL_SECRET_NAME } from "../lowering/pull-secret.ts";
import { nameIn, type SandboxScope, scopeLabels } from "../lowering/sandbox-scope.ts";
import { metCondition } from "../readiness/object-status.ts";
import { podProblem } from "../readiness/pod-problem.ts";
import { attemptsIn } from "../sandbox-facts.ts";
import { type ExistingObject, objectKey, planOf } from "./kept-objects.ts";
import { partPods } from "./part-pods.ts";

/** What a cluster has of a sandbox that is kept. */
export interface KeptState {
  /** Its objects, without those of runs of jobs. Empty for a sandbox that does not exist. */
  readonly existing: readonly ExistingObject[];
  /** The keys of the services whose pods are ready. */
  readonly ready: ReadonlySet<string>;
  /** The replacements of each service that keeps running, by key. One that has failed counts as replaced. */
  readonly attempts: Readonly<Record<string, number>>;
}

/** The kinds of its objects beside root and bounds. The Secret is read by its name: few may list secrets. */
const KINDS = [
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
  { apiVersion: "v1", kind: "PersistentVolumeClaim" },
  { apiVersion: "v1", kind: "ConfigMap" },
  { apiVersion: "v1", kind: "Service" },
  { apiVersion: "apps/v1", kind: "Deployment" },
  { apiVersion: "batch/v1", kind: "Job" },
];

export async function readKeptState(
  cluster: Cluster,
  scope: SandboxScope,
  { root, bounds }: Pick<KubernetesObjects, "root" | "bounds">,
): Promise<KeptState> {
  const { namespace } = scope;
  const labels = { ...scopeLabels(scope), [LABEL.sandbox]: "" };
  const readSecret = (name: string) =>
    readObject<ExistingObject>(cluster, {
      ...{ apiVersion: "v1", kind: "Secret" },
      metadata: { namespace, name: nameIn(scope, name) },
    });
  const kinds = [...bounds.map(({ apiVersion, kind }) => ({ apiVersion, kind })), ...KINDS];
  const [own, secret, pullSecret, pods, ...listed] = await Promise.all([
    readObject<ExistingObject>(cluster, root),
    readSecret(SECRET_NAME),
    readSecret(PULL_SECRET_NAME),
    partPods(cluster, scope),
    ...kinds.map((kind) => listObjects<ExistingObject>(cluster, { ...kind, namespace, labels })),
  ]);
  if (own === undefined) return { existing: [], ready: new Set(), attempts: {} };
  const secrets = [secret, pullSecret].filter((one) => one !== undefined);
  const found = [own, ...secrets, ...listed.flat()].filter(
    (object) => object.metadata.labels?.[LABEL.kind] !== "job",
  );
  // The root may be one of a listed kind.
  const existing = [...new Map(found.map((object) => [objectKey(object), object])).values()];
  const podOf = (key: string) => pods.get(key)?.pod;
  const deployments = existing.filter(({ kind }) => kind === "Deployment");
  return {
    existing,
    ready: new Set([...pods].flatMap(([key, { pod }]) => (metCondition(pod, "Ready") ? [key] : []))),
    attempts: Object.fromEntries(
      deployments.map((deployment) => {
        const key = deployment.metadata.labels?.[LABEL.part] ?? "";
        const { template } = (deployment as Deployment).spec ?? {};
        return [key, attemptsIn(template) + (hasFailed(deployment, podOf(key)) ? 1 : 0)];
      }),
    ),
  };
}

/** Whether a service did not become ready when it was last written, or has failed since. */
function hasFailed(deployment: ExistingObject, pod: Pod | undefined): boolean {
  if (metCondition(pod, "Ready") !== undefined) return false;
  return planOf(deployment) === undefined || (pod !== undefined && podProblem(pod, []) !== undefined);
}
