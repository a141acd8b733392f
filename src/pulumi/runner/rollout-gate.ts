import * as pulumi from "@pulumi/pulumi";
import type { Deployment } from "kubernetes-types/apps/v1.js";
import type { Pod } from "kubernetes-types/core/v1.js";
import { type Cluster, clusterOf } from "../../kubernetes/api/cluster.ts";
import type { KubernetesContext } from "../../kubernetes/api/kubeconfig.ts";
import type { ObjectReference } from "../../kubernetes/api/object-path.ts";
import { listObjects, readObject, watchObjects } from "../../kubernetes/api/objects.ts";
import { lastLines } from "../../kubernetes/readiness/last-lines.ts";
import { podProblem } from "../../kubernetes/readiness/pod-problem.ts";
import type { Labels } from "../../model/labels.ts";
import { waitTogether } from "../sandbox/wait-together.ts";

/** A Deployment that Pulumi has written. */
interface WrittenDeployment {
  /** The start of errors. */
  readonly place: string;
  readonly context: pulumi.Output<KubernetesContext>;
  readonly resource: pulumi.CustomResource;
  readonly reference: ObjectReference & { readonly metadata: { readonly namespace: string } };
  /** The labels of its pods. */
  readonly podLabels: Labels;
}

/** Milliseconds for the start of new pods, with the pull of their image. */
const STARTS_WITHIN = 120_000;

/**
 * An output that resolves once a Deployment has replaced its pods; those that drain may still run. In a
 * preview it resolves at once.
 */
export function rolloutGate({ place, context, resource, reference, podLabels }: WrittenDeployment) {
  if (pulumi.runtime.isDryRun()) return resource.id.apply(() => undefined);
  const input = pulumi.all([context, resource.id] as const);
  const wait = ([known]: readonly [KubernetesContext, string]) =>
    untilRolledOut(clusterOf(known, process.env), reference, podLabels);
  return waitTogether({ place, input, wait }).apply(() => undefined);
}

async function untilRolledOut(
  cluster: Cluster,
  reference: WrittenDeployment["reference"],
  podLabels: Labels,
): Promise<void> {
  const found = await readObject<Deployment>(cluster, reference);
  if (found === undefined) throw new Error("its Deployment was removed by hand; run pulumi up --refresh");
  if (isRolledOut(found)) return;
  const { apiVersion, kind, metadata } = reference;
  const { namespace, name } = metadata;
  const end = new AbortController();
  const signal = AbortSignal.any([end.signal, AbortSignal.timeout(STARTS_WITHIN)]);
  const watched = async () => {
    for await (const { object } of watchObjects<Deployment>(cluster, {
      ...{ apiVersion, kind, namespace, name: name ?? "", signal },
    }))
      if (isRolledOut(object)) return;
  };
  const failed = async () => {
    const query = { apiVersion: "v1", kind: "Pod", namespace, labels: podLabels };
    for await (const { object } of watchObjects<Pod>(cluster, { ...query, signal })) {
      if (object.metadata?.deletionTimestamp !== undefined) continue;
      const problem = podProblem(object, []);
      if (problem?.reason !== undefined && problem.passesWithin === undefined)
        throw new Error(await described(cluster, object, problem.reason));
    }
  };
  try {
    await Promise.race([watched(), failed()]);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Error(await overdue(cluster, namespace, podLabels));
  } finally {
    end.abort();
  }
}

function isRolledOut({ metadata, spec, status }: Deployment): boolean {
  const { replicas = 1 } = spec ?? {};
  const { observedGeneration = 0, updatedReplicas = 0, availableReplicas = 0 } = status ?? {};
  const { unavailableReplicas = 0 } = status ?? {};
  const isSeen = observedGeneration >= (metadata?.generation ?? 0);
  return isSeen && updatedReplicas >= replicas && availableReplicas >= replicas && unavailableReplicas === 0;
}

/** Why no pod became ready in time. */
async function overdue(cluster: Cluster, namespace: string, labels: Labels): Promise<string> {
  const pods = await listObjects<Pod>(cluster, { apiVersion: "v1", kind: "Pod", namespace, labels });
  for (const pod of pods) {
    const problem = podProblem(pod, []);
    if (problem?.reason !== undefined) return described(cluster, pod, problem.reason);
    const unscheduled = pod.status?.conditions?.find(
      ({ type, status }) => type === "PodScheduled" && status === "False",
    );
    if (unscheduled?.message !== undefined) return `its pod has no node: ${unscheduled.message}`;
  }
  if (pods.length > 0) return `its pod is not ready after ${STARTS_WITHIN / 1000} s`;
  return `the cluster created no pod; run kubectl describe replicaset --namespace ${namespace}`;
}

async function described(cluster: Cluster, pod: Pod, reason: string): Promise<string> {
  const { name = "", namespace = "" } = pod.metadata ?? {};
  const container = pod.spec?.containers[0]?.name ?? "";
  const signal = AbortSignal.timeout(10_000);
  const lines = await lastLines(cluster, { namespace, pod: name, container }, signal);
  return [`its pod ${name}: ${reason}`, ...lines.map((line) => `  ${line}`)].join("\n");
}
