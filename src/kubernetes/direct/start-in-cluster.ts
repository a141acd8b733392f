import { randomBytes } from "node:crypto";
import { uniqueName } from "../../model/names.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { type HeldLease, holdLease } from "../../ownership/lease.ts";
import { freshOwnership, type Ownership, ownershipLabels } from "../../ownership/ownership.ts";
import { NotReady } from "../../running/not-ready.ts";
import { startTogether } from "../../running/start-together.ts";
import type { Cluster } from "../api/cluster.ts";
import { KubernetesRefused } from "../api/cluster-error.ts";
import { createObject, deleteObject } from "../api/objects.ts";
import { requireAllowed } from "../api/require-allowed.ts";
import { leaseObjects } from "../lease-objects.ts";
import type { KubernetesPlacement } from "../lowering/kubernetes-placement.ts";
import {
  type KubernetesObjects,
  lowerToKubernetes,
  secretManifest,
} from "../lowering/lower-to-kubernetes.ts";
import type { KubernetesService } from "../lowering/workload.ts";
import { type NamespaceWatch, watchNamespace } from "../readiness/namespace-watch.ts";
import { waitUntilPodReady } from "../readiness/wait-until-ready.ts";
import { enforcesPolicies } from "./isolation-probe.ts";

/** Whether the cluster's network plugin enforces policies; unknown if the probe of it did not start. */
export type Isolation = "enforced" | "ignored" | "unknown";

/** A sandbox to start in a cluster without a stack. */
export interface ClusterRequest {
  readonly plan: Plan;
  readonly cluster: Cluster;
  /** The values of its secrets, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Ends the start: its namespace is removed. */
  readonly signal: AbortSignal;
  /** Whether the cluster is known to enforce policies. @default false: a sandbox with networks probes it */
  readonly knowsPolicies?: boolean;
  /** The name of the project, for labels. */
  readonly project: string;
  /** What the name of the namespace starts with. @default nothing */
  readonly namespacePrefix?: string;
  /** What the settings of the project add to the placement. */
  readonly placement: Omit<KubernetesPlacement, "namespace" | "ownership">;
}

/** A running sandbox without a stack, in a namespace of its own. It ends with its lease. */
export interface StartedInCluster extends Pick<HeldLease, "lost" | "confirm"> {
  readonly placement: KubernetesPlacement & { readonly ownership: Ownership };
  readonly watch: NamespaceWatch;
  /** Undefined if it was not probed. */
  readonly isolation: Isolation | undefined;
  /** The pods of the services, by key. */
  readonly pods: Readonly<Record<string, string>>;
  /** Removes the namespace. Returns once the cluster has begun to, which takes seconds to end. */
  remove(): Promise<void>;
}

/**
 * Starts a sandbox in a namespace of its own, and waits until every service is ready. If this process is
 * killed, the next command removes the namespace once its lease is over.
 *
 * @throws ServicesFailed with the last output of each service that failed; ConfigurationError for what the
 * user has to change, such as a missing permission; the signal's reason. By then the namespace is removed.
 */
export async function startInCluster(request: ClusterRequest): Promise<StartedInCluster> {
  const { plan, cluster, signal, project, namespacePrefix = "" } = request;
  signal.throwIfAborted();
  const suffix = randomBytes(4).toString("hex");
  const ownership = freshOwnership(project, suffix);
  const namespace = namespaceName(`${namespacePrefix}${plan.sandbox}`, suffix);
  const placement = { ...request.placement, namespace, ownership };
  const objects = lowerToKubernetes(plan, placement);
  await requireAllowed(cluster, "delete", "namespaces");
  const labels = ownershipLabels(ownership);
  const lease = await holdLease(leaseObjects(cluster), { labels, covers: "sandbox" });
  const watching = new AbortController();
  const remove = async () => {
    try {
      // The namespace takes everything with it. By the lease the next command would find it.
      await deleteObject(cluster, objects.namespace);
      await lease.release();
    } finally {
      watching.abort();
    }
  };
  try {
    await createObject(cluster, objects.namespace);
    const watch = watchNamespace(cluster, namespace, watching.signal);
    const end = AbortSignal.any([signal, lease.lost]);
    await createParts(request, objects);
    const isolation = probesIsolation(request) ? probeIsolation(watch, placement, end) : undefined;
    const pods = await startTogether(
      plan.sandbox,
      objects.services,
      (service, before, failure) => startPod(watch, service, before, failure),
      end,
    );
    const { lost, confirm } = lease;
    return { placement, watch, pods, isolation: await isolation, lost, confirm, remove };
  } catch (error) {
    // What cannot be removed now is removed by the next command, once the lease is over.
    await remove().catch(() => {});
    throw error;
  }
}

/** Only networks of their own, and those without a way out, are to be isolated within a sandbox. */
function probesIsolation({ plan: { networks }, knowsPolicies = false }: ClusterRequest): boolean {
  return !knowsPolicies && (networks.length > 1 || networks.some(({ internal }) => internal));
}

/** Milliseconds until the probe of the network plugin gives up. */
const PROBE_LIMIT = 30_000;

async function probeIsolation(
  watch: NamespaceWatch,
  placement: KubernetesPlacement,
  signal: AbortSignal,
): Promise<Isolation> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(PROBE_LIMIT)]);
  try {
    return (await enforcesPolicies(watch, placement, limit)) ? "enforced" : "ignored";
  } catch {
    return "unknown";
  }
}

/** A namespace's name has at most 63 characters. */
function namespaceName(name: string, suffix: string): string {
  return `${name.length + suffix.length < 63 ? name : uniqueName(name)}-${suffix}`;
}

/** Creates all but the services: policies exist before the first pod, and so does what it mounts. */
async function createParts({ cluster, secrets }: ClusterRequest, objects: KubernetesObjects): Promise<void> {
  const { bounds, policies, volumes, secret, services, jobServices } = objects;
  const parts = [
    ...[...bounds, ...policies, ...volumes, ...jobServices],
    ...(secret ? [secretManifest(secret, secrets)] : []),
    ...services.flatMap((service) => [...service.configMaps, ...service.services]),
  ];
  const ends = await Promise.allSettled(parts.map((part) => createObject(cluster, part)));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** Starts a service once those are ready that its pod cannot wait for itself. Returns its pod. */
async function startPod(
  watch: NamespaceWatch,
  service: KubernetesService,
  before: Promise<unknown>,
  signal: AbortSignal,
): Promise<string> {
  await before;
  signal.throwIfAborted();
  await createObject(watch.cluster, service.workload).catch((error: unknown) => {
    throw error instanceof KubernetesRefused ? new NotReady(error.message) : error;
  });
  return waitUntilPodReady({ watch, service, signal });
}
