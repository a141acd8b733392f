import { registryLogins } from "../../registry/registry-logins.ts";
import { NotReady } from "../../sandbox/not-ready.ts";
import type { Changes, KeepRequest } from "../../sandbox/place.ts";
import { ServicesFailed } from "../../sandbox/services-failed.ts";
import { startTogether } from "../../sandbox/start-together.ts";
import { timed } from "../../timings/timings.ts";
import { KubernetesRefused } from "../api/cluster-error.ts";
import { deleteObject } from "../api/objects.ts";
import { lowerToKubernetes } from "../lowering/lower-to-kubernetes.ts";
import type { KubernetesService } from "../lowering/workload.ts";
import { watchNamespace } from "../readiness/namespace-watch.ts";
import { untilSeen } from "../readiness/until-seen.ts";
import { spanOfPod, waitUntilPodReady } from "../readiness/wait-until-ready.ts";
import { readSandboxFacts } from "../sandbox-facts.ts";
import { newRevisionKey, secretRevisions } from "../secret-revisions.ts";
import { withAddresses } from "./alias-addresses.ts";
import { type ChangedObject, changesOf, differenceOf, type KeepDifference } from "./keep-difference.ts";
import { isWorkload, objectKey, wantedObjects } from "./kept-objects.ts";
import { type KeptState, readKeptState } from "./kept-state.ts";
import { knowsPolicies } from "./known-policies.ts";
import { probeIsolation, reportIsolation } from "./network-isolation.ts";
import type { PlaceInCluster } from "./place-in-cluster.ts";
import { ownSettings, scopeOf, sharedPlacement } from "./placement.ts";
import { recordPlan, removeObject, writeObject } from "./write-object.ts";

/**
 * Brings a sandbox up in the namespace of its owner, and leaves alone what has not changed since. Services
 * that failed stay for their output. Otherwise a failure or the signal removes what has not become ready.
 * @throws ServicesFailed; ConfigurationError; the signal's reason
 */
export async function keepSandbox(place: PlaceInCluster, keep: KeepRequest): Promise<Changes> {
  const { cluster, tenancy } = place;
  const { signal } = keep;
  signal.throwIfAborted();
  const prepared = await prepare(place, keep);
  const { scope, changes, isNew } = prepared;
  keep.onChanges(changes);
  signal.throwIfAborted();
  if (isNew) await tenancy.requireUsable(cluster);
  const services: StartedServices = { unready: new Map(), ready: new Set() };
  try {
    await timed(keep.timings, { part: "objects", step: "write" }, () =>
      writeParts(place, prepared.difference, signal),
    );
    await startServices(place, keep, prepared, services);
    return changes;
  } catch (error) {
    if (!(error instanceof ServicesFailed)) {
      const isEmpty = isNew && services.ready.size === 0;
      const removal = isEmpty
        ? tenancy.remove(cluster, scope)
        : all([...services.unready.values()], (object) => deleteObject(cluster, object));
      await removal.catch(() => {});
    }
    throw error;
  }
}

/** The services that have been written, by key. */
interface StartedServices {
  readonly unready: Map<string, KubernetesService["workload"]>;
  readonly ready: Set<string>;
}

type PreparedKeep = Awaited<ReturnType<typeof prepare>>;

/** Compares the plan with the cluster. Changes nothing. */
async function prepare({ cluster, request, tenancy }: PlaceInCluster, keep: KeepRequest) {
  const { plan, secrets, signal, removesVolumes = false } = keep;
  const ownership = { ...keep.ownership, component: plan.sandbox };
  const scope = scopeOf(ownership, ownSettings(request.settings));
  const shared = { ...sharedPlacement(request, [plan]), ...scope };
  // What cannot be lowered needs no cluster.
  const lowered = lowerToKubernetes(plan, { ...shared, ownership });
  const { pullSecret } = lowered;
  const { environment } = request;
  const logins = pullSecret && (await registryLogins(pullSecret.images, { environment, signal }));
  const sought = { scope, owner: ownership.owner, waits: true, signal };
  const facts = await readSandboxFacts(cluster, tenancy, sought);
  const state = await readKeptState(cluster, scope, lowered);
  const revisionKey = facts.revisionKey ?? newRevisionKey();
  const revisions = secretRevisions(secrets, revisionKey);
  const placement = {
    ...{ ...shared, secretRevisions: revisions },
    ownership: { ...ownership, created: facts.created ?? ownership.created },
    attempts: { ...facts.attempts, ...state.attempts },
  };
  /** The objects, with the addresses that the cluster has given its Services by now. */
  const compare = async () => {
    const addressed = await withAddresses(cluster, plan, placement);
    const objects = lowerToKubernetes(plan, addressed);
    const wanted = wantedObjects(objects, { values: secrets, revisionKey, revisions, logins });
    const difference = differenceOf(wanted, state.existing, removesVolumes);
    return { placement: addressed, objects, wanted, difference };
  };
  const { difference, wanted } = await compare();
  const changes = changesOf(difference, wanted, state.existing);
  return { scope, state, difference, changes, compare, isNew: state.existing.length === 0 };
}

/** Writes the workloads that have changed, each once those are ready that it waits for. */
async function startServices(
  place: PlaceInCluster,
  { plan, signal, progress, timings }: KeepRequest,
  { state, compare, isNew }: PreparedKeep,
  { unready, ready }: StartedServices,
): Promise<void> {
  const { cluster, request } = place;
  const { placement, objects, difference } = await compare();
  const changes = new Map(difference.changed.map((object) => [objectKey(object.wanted.manifest), object]));
  const watching = new AbortController();
  const watch = watchNamespace(cluster, placement, watching.signal);
  const write = async ({ key, workload }: KubernetesService, change: ChangedObject, end: AbortSignal) => {
    unready.set(key, workload);
    const written = await writeObject(cluster, change, end).catch((error: unknown) => {
      throw error instanceof KubernetesRefused ? new NotReady(error.message) : error;
    });
    await untilSeen(watch, written.metadata, end);
  };
  const start = async (service: KubernetesService, before: Promise<unknown>, end: AbortSignal) => {
    const change = changes.get(objectKey(service.workload));
    if (change === undefined && isReady(state, service)) return;
    await before;
    end.throwIfAborted();
    if (change !== undefined)
      await timed(timings, spanOfPod(service, "create"), () => write(service, change, end));
    await waitUntilPodReady({ watch, service, signal: end, timings });
    if (change !== undefined) await recordPlan(cluster, change, end);
    unready.delete(service.key);
    ready.add(service.key);
  };
  try {
    const end = AbortSignal.any([signal, watching.signal]);
    const isKnown = !isNew || knowsPolicies(cluster, request.environment);
    const isolation = probeIsolation(plan, isKnown, watch, placement, end);
    await startTogether(plan.sandbox, objects.services, start, signal);
    reportIsolation(place, await isolation, progress);
  } finally {
    watching.abort();
  }
}

/** One that runs once has become ready by its end. */
function isReady({ ready }: KeptState, { key, workload }: KubernetesService): boolean {
  return workload.kind === "Job" || ready.has(key);
}

/** Removes what is not wanted any more, and writes all but the workloads. */
async function writeParts(
  { cluster }: PlaceInCluster,
  { changed, removed }: KeepDifference,
  signal: AbortSignal,
): Promise<void> {
  const isRoot = ({ wanted }: ChangedObject) => wanted.isRoot === true;
  await all(changed.filter(isRoot), (object) => writeObject(cluster, object, signal));
  const recreated = changed.flatMap(({ existing, recreated }) => (recreated && existing ? [existing] : []));
  await all(removed, (object) => deleteObject(cluster, object));
  await all(recreated, (object) => removeObject(cluster, object, signal));
  const parts = changed.filter((object) => !isRoot(object) && !isWorkload(object.wanted.manifest));
  await all(parts, (object) => writeObject(cluster, object, signal));
}

/** Works on all, and waits for each, so that no request is under way once one has failed. */
async function all<Value>(values: readonly Value[], work: (value: Value) => Promise<unknown>): Promise<void> {
  const ends = await Promise.allSettled(values.map(work));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}
