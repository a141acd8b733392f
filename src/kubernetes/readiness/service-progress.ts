import { isDeepStrictEqual } from "node:util";
import type { Event, Pod, PodTemplateSpec } from "kubernetes-types/core/v1.js";
import type { ObjectMeta } from "kubernetes-types/meta/v1.js";
import type { DeploymentManifest, JobManifest } from "../lowering/manifest.ts";
import { SERVICE_CONTAINER } from "../lowering/workload.ts";
import type { NamespaceObjects } from "./namespace-watch.ts";
import { type PodProblem, podProblem } from "./pod-problem.ts";

/** How far a workload has come. */
export type Progress =
  /** Nothing is wrong so far. */
  | { readonly kind: "waiting" }
  /** Something is wrong that may pass by itself. */
  | HeldPod
  /** Its container runs. */
  | { readonly kind: "running"; readonly pod: string }
  /** Its pod is ready. */
  | { readonly kind: "ready"; readonly pod: string }
  /** Its container has ended with exit code 0. */
  | { readonly kind: "completed"; readonly pod: string }
  | ({ readonly kind: "failed" } & PodProblem);

/** A pod that something holds which may pass by itself. */
export interface HeldPod extends PodProblem {
  readonly kind: "held";
  readonly reason: string;
  /** Milliseconds after which it no longer passes. Absent if it may pass at any time, as a new node does. */
  readonly passesWithin?: number;
}

/** A workload whose pods are watched. */
export type Workload = DeploymentManifest | JobManifest;

const WAITING = { kind: "waiting" } as const;

/** How far a workload has come. Pods of its earlier versions do not count. */
export function progressOf(objects: NamespaceObjects, workload: Workload): Progress {
  const isJob = workload.kind === "Job";
  const owner = isJob ? jobOwner(objects, workload) : deploymentOwner(objects, workload);
  if (owner === undefined) return WAITING;
  const pods = objects.pods.filter(
    ({ metadata }) => isOwnedBy(metadata, owner.uid) && (isJob || metadata?.deletionTimestamp === undefined),
  );
  for (const pod of pods) {
    const good = isJob ? completion(pod) : readiness(pod);
    if (good !== undefined) return good;
  }
  const name = pods[0]?.metadata?.name;
  if (owner.isOverdue)
    return { kind: "failed", ...(name !== undefined && { pod: name, container: SERVICE_CONTAINER }) };
  for (const pod of pods) {
    const problem = podProblem(pod, eventsOf(objects, pod.metadata));
    if (problem !== undefined) return { kind: "failed", ...problem };
  }
  if (owner.refusal !== undefined && pods.length === 0) return refused(owner.refusal);
  const running = pods.find(isRunning)?.metadata?.name;
  if (running !== undefined) return { kind: "running", pod: running };
  return unscheduled(objects, pods, workload) ?? unstarted(objects, pods) ?? WAITING;
}

/** The object that owns the current pods of a workload. */
interface PodOwner {
  readonly uid: string | undefined;
  /** The API server's reason for not taking its pod. */
  readonly refusal: string | undefined;
  /** Whether it has ended at the end of its time. */
  readonly isOverdue: boolean;
}

function jobOwner({ jobs, events }: NamespaceObjects, { metadata }: Workload): PodOwner | undefined {
  const job = jobs.find((one) => one.metadata?.name === metadata.name);
  if (job === undefined) return undefined;
  const { uid } = job.metadata ?? {};
  const refusal = events.find(
    ({ involvedObject, reason }) => involvedObject.uid === uid && reason === "FailedCreate",
  );
  const isOverdue = (job.status?.conditions ?? []).some(({ reason }) => reason === "DeadlineExceeded");
  return { uid, refusal: refusal?.message, isOverdue };
}

/** The ReplicaSet of a Deployment's current template, once the controller has seen its last change. */
function deploymentOwner(
  { deployments, replicaSets }: NamespaceObjects,
  { metadata }: Workload,
): PodOwner | undefined {
  const deployment = deployments.find((one) => one.metadata?.name === metadata.name);
  if (deployment === undefined) return undefined;
  const { generation = 0, uid } = deployment.metadata ?? {};
  if ((deployment.status?.observedGeneration ?? 0) < generation) return undefined;
  // The controller reports a change before it creates its ReplicaSet, so revisions still match the old one.
  const current = replicaSets.find(
    (set) =>
      isOwnedBy(set.metadata, uid) &&
      isDeepStrictEqual(declaredTemplate(set.spec?.template), deployment.spec?.template),
  );
  if (current === undefined) return undefined;
  const refusal = current.status?.conditions?.find(
    ({ type, status }) => type === "ReplicaFailure" && status === "True",
  );
  return { uid: current.metadata?.uid, refusal: refusal?.message, isOverdue: false };
}

/** The template of a ReplicaSet without the label that tells its pods apart. */
function declaredTemplate(template: PodTemplateSpec | undefined): PodTemplateSpec | undefined {
  if (template?.metadata?.labels === undefined) return template;
  const { "pod-template-hash": _, ...labels } = template.metadata.labels;
  return { ...template, metadata: { ...template.metadata, labels } };
}

function isOwnedBy(metadata: ObjectMeta | undefined, owner: string | undefined): boolean {
  return metadata?.ownerReferences?.some(({ uid }) => uid === owner) ?? false;
}

function eventsOf(
  { events }: Pick<NamespaceObjects, "events">,
  metadata: ObjectMeta | undefined,
): readonly Event[] {
  return events.filter(({ involvedObject }) => involvedObject.uid === metadata?.uid);
}

function readiness({ metadata, status }: Pod): Progress | undefined {
  const isReady = status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True");
  return isReady ? { kind: "ready", pod: metadata?.name ?? "" } : undefined;
}

function completion({ metadata, status }: Pod): Progress | undefined {
  const ended = status?.containerStatuses?.[0]?.state?.terminated;
  return ended?.exitCode === 0 ? { kind: "completed", pod: metadata?.name ?? "" } : undefined;
}

function isRunning({ status }: Pod): boolean {
  return status?.containerStatuses?.[0]?.state?.running !== undefined;
}

/** Refusals that pass: controllers fill a new namespace after its creation. */
const PASSING = /error looking up service account|status unknown for quota|timed? ?out/;

function refused(message: string): Progress {
  const reason = message.replace(/^Error creating: /, "");
  if (PASSING.test(reason)) return { kind: "held", reason: `its pod is not created: ${reason}` };
  const remedy = /exceeded quota/.test(reason) ? "; raise the quota, or declare less" : "";
  return { kind: "failed", reason: `its pod is not created: ${reason}${remedy}` };
}

/** What keeps a pod from getting a node. */
function unscheduled(
  { events }: NamespaceObjects,
  pods: readonly Pod[],
  { spec }: Workload,
): Progress | undefined {
  const claims = spec.template?.spec?.volumes?.flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim === undefined ? [] : [persistentVolumeClaim.claimName],
  );
  for (const { metadata, status } of pods) {
    const scheduled = status?.conditions?.find(({ type }) => type === "PodScheduled");
    if (scheduled?.status !== "False") continue;
    const unbound = events.find(
      ({ involvedObject: { kind, name = "" }, reason }) =>
        kind === "PersistentVolumeClaim" && claims?.includes(name) && CLAIM_ERRORS.includes(reason ?? ""),
    );
    const pod = metadata?.name ?? "";
    const claim = `volume ${unbound?.involvedObject.name}: ${unbound?.message}`;
    if (unbound?.reason === "FailedBinding")
      return { kind: "failed", pod, reason: `${claim}; choose a storage class` };
    const grows = eventsOf({ events }, metadata).some(({ reason }) => SCALES_UP.includes(reason ?? ""));
    if (grows) return WAITING;
    const { message = "" } = scheduled;
    if (unbound !== undefined) return { kind: "held", pod, reason: claim };
    return { kind: "held", pod, reason: `gets no node: ${message}`, ...limitOf(message) };
  }
  return undefined;
}

/** The first one never passes by itself: there is neither a class nor a volume that fits. */
const CLAIM_ERRORS: readonly string[] = ["FailedBinding", "ProvisioningFailed"];

/** Events of cluster-autoscaler and Karpenter: a node is on its way. */
const SCALES_UP: readonly string[] = ["TriggeredScaleUp", "Nominated"];

/** What keeps the containers of a pod that has a node from starting. */
function unstarted({ events }: NamespaceObjects, pods: readonly Pod[]): HeldPod | undefined {
  for (const { metadata } of pods) {
    const own = eventsOf({ events }, metadata);
    if (own.some(({ reason = "" }) => IN_SANDBOX.includes(reason))) continue;
    const lastOf = (reasons: readonly string[]) =>
      own.findLast(({ reason = "" }) => reasons.includes(reason))?.message;
    const message = lastOf(SANDBOX_ERRORS) ?? lastOf(MOUNT_ERRORS);
    if (message === undefined) continue;
    const pod = metadata?.name ?? "";
    return { kind: "held", pod, reason: message, passesWithin: STARTED_WITHIN, ...limitOf(message) };
  }
  return undefined;
}

const MOUNT_ERRORS: readonly string[] = ["FailedMount", "FailedAttachVolume"];

/** The kubelet mounts all volumes of a pod before it creates the pod's sandbox. */
const SANDBOX_ERRORS: readonly string[] = ["FailedCreatePodSandBox"];

/** What the kubelet does once a pod has its sandbox. */
const IN_SANDBOX: readonly string[] = ["Pulling", "Pulled", "Created"];

/** Milliseconds for a volume that another node still has, and for the drivers of a new node to start. */
const STARTED_WITHIN = 30_000;

/** Everything that a pod mounts is created before it. The scheduler and the kubelet may see it later. */
const MISSING = /(configmap|secret|persistentvolumeclaim)s? "[^"]*" not found|references non-existent/;
const SEEN_WITHIN = 10_000;

function limitOf(message: string): Pick<HeldPod, "passesWithin"> {
  return MISSING.test(message) ? { passesWithin: SEEN_WITHIN } : {};
}
