import { randomBytes } from "node:crypto";
import type { Environment } from "../../machine/environment.ts";
import { uniqueName } from "../../model/names.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { type HeldLease, holdLease } from "../../ownership/lease.ts";
import { freshOwnership, type Ownership, ownershipLabels } from "../../ownership/ownership.ts";
import { registryLogins } from "../../registry/registry-logins.ts";
import { NotReady } from "../../sandbox/not-ready.ts";
import { startTogether } from "../../sandbox/start-together.ts";
import { type Timed, timed } from "../../timings/timings.ts";
import type { Cluster } from "../api/cluster.ts";
import { KubernetesRefused } from "../api/cluster-error.ts";
import { createObject } from "../api/objects.ts";
import { leaseObjects } from "../lease-objects.ts";
import type { KubernetesPlacement } from "../lowering/kubernetes-placement.ts";
import {
  type KubernetesObjects,
  lowerToKubernetes,
  secretManifest,
} from "../lowering/lower-to-kubernetes.ts";
import { pullSecretManifest } from "../lowering/pull-secret.ts";
import { scopeIn } from "../lowering/sandbox-scope.ts";
import { type NamespaceWatch, watchNamespace } from "../readiness/namespace-watch.ts";
import { spanOfPod, type WatchedService, waitUntilPodReady } from "../readiness/wait-until-ready.ts";
import { tenancyOf } from "../tenancy/tenancy-of.ts";
import { withAddresses } from "./alias-addresses.ts";
import { type Isolation, probeIsolation } from "./network-isolation.ts";

/** A sandbox to start in a cluster without a stack. */
export interface ClusterRequest extends Timed {
  readonly plan: Plan;
  readonly cluster: Cluster;
  /** The values of its secrets, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Ends the start: the sandbox is removed. */
  readonly signal: AbortSignal;
  /** Whether the cluster is known to enforce policies. @default false: a sandbox with networks probes it */
  readonly knowsPolicies?: boolean;
  /** The name of the project, for labels. */
  readonly project: string;
  /** The namespace that exists and takes it. @default one of its own */
  readonly namespace?: string | undefined;
  /** What its name starts with. @default nothing */
  readonly namespacePrefix?: string | undefined;
  /** Has or names this machine's logins for registries, where the settings ask for them. */
  readonly environment: Environment;
  /** What the settings of the project add to the placement. */
  readonly placement: Omit<KubernetesPlacement, "namespace" | "ownership">;
}

/** A running sandbox without a stack. It ends with its lease. */
export interface StartedInCluster extends Pick<HeldLease, "lost" | "confirm"> {
  readonly placement: KubernetesPlacement & { readonly ownership: Ownership };
  readonly watch: NamespaceWatch;
  /** Undefined if it was not probed. */
  readonly isolation: Isolation | undefined;
  /** The pods of the services, by key. */
  readonly pods: Readonly<Record<string, string>>;
  /** Removes it. Returns once the cluster has begun to, which takes seconds to end. */
  remove(): Promise<void>;
}

/**
 * Starts a sandbox, and waits until every service is ready. If this process is killed, the next command
 * removes the sandbox once its lease is over.
 *
 * @throws ServicesFailed with the last output of each service that failed; ConfigurationError for what the
 * user has to change, such as a missing permission; the signal's reason. By then the sandbox is removed.
 */
export async function startInCluster(request: ClusterRequest): Promise<StartedInCluster> {
  const { plan, cluster, signal, project, knowsPolicies = false, timings } = request;
  const tenancy = tenancyOf(request);
  const { namespacePrefix = "" } = request;
  signal.throwIfAborted();
  const suffix = randomBytes(4).toString("hex");
  const ownership = { ...freshOwnership(project, suffix), component: plan.sandbox };
  const scope = scopeIn(request, sandboxName(`${namespacePrefix}${plan.sandbox}`, suffix));
  const placement = { ...request.placement, ...scope, ownership };
  const objects = lowerToKubernetes(plan, placement);
  const { pullSecret } = objects;
  const logins = pullSecret && (await registryLogins(pullSecret.images, request));
  const ofNamespace = (step: string) => ({ part: tenancy.noun, step });
  await timed(timings, ofNamespace("check"), () => tenancy.requireUsable(cluster));
  const labels = ownershipLabels(ownership);
  const lease = await timed(timings, { part: "lease", step: "hold" }, () =>
    holdLease(leaseObjects(cluster, tenancy), { labels, covers: "sandbox" }),
  );
  const watching = new AbortController();
  const remove = async () => {
    try {
      // By the lease the next command would find it.
      await tenancy.remove(cluster, scope);
      await lease.release();
    } finally {
      watching.abort();
    }
  };
  try {
    await timed(timings, ofNamespace("create"), () => createObject(cluster, objects.root));
    const watch = watchNamespace(cluster, scope, watching.signal);
    const end = AbortSignal.any([signal, lease.lost]);
    await timed(timings, { part: "objects", step: "create" }, () => createParts(request, objects, logins));
    const addressed = await withAddresses(cluster, plan, placement);
    const isolation = probeIsolation(plan, knowsPolicies, watch, addressed, end);
    const pods = await startTogether(
      plan.sandbox,
      lowerToKubernetes(plan, addressed).services,
      (service, before, failure) => startPod({ watch, timings, signal: failure, service }, before),
      end,
    );
    const { lost, confirm } = lease;
    return { placement: addressed, watch, pods, isolation: await isolation, lost, confirm, remove };
  } catch (error) {
    // What cannot be removed now is removed by the next command, once the lease is over.
    await remove().catch(() => {});
    throw error;
  }
}

/** A name of at most 63 characters. */
function sandboxName(name: string, suffix: string): string {
  return `${name.length + suffix.length < 63 ? name : uniqueName(name)}-${suffix}`;
}

/** Creates all but the services: policies exist before the first pod, and so does what it mounts. */
async function createParts(
  { cluster, secrets }: ClusterRequest,
  objects: KubernetesObjects,
  logins: string | undefined,
): Promise<void> {
  const { bounds, policies, volumes, secret, pullSecret, services, jobServices } = objects;
  const parts = [
    ...[...bounds, ...policies, ...volumes, ...jobServices],
    ...(secret ? [secretManifest(secret, secrets)] : []),
    ...(pullSecret && logins !== undefined ? [pullSecretManifest(pullSecret, logins)] : []),
    ...services.flatMap((service) => [...service.configMaps, ...service.services]),
  ];
  const ends = await Promise.allSettled(parts.map((part) => createObject(cluster, part)));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** Starts a service once those are ready that its pod cannot wait for itself. Returns its pod. */
async function startPod(start: WatchedService, before: Promise<unknown>): Promise<string> {
  const { watch, service, signal, timings } = start;
  await before;
  signal.throwIfAborted();
  await timed(timings, spanOfPod(service, "create"), () =>
    createObject(watch.cluster, service.workload).catch((error: unknown) => {
      throw error instanceof KubernetesRefused ? new NotReady(error.message) : error;
    }),
  );
  return waitUntilPodReady(start);
}
