import { isDeepStrictEqual } from "node:util";
import type { Job } from "kubernetes-types/batch/v1.js";
import type { Event, Pod, PodTemplateSpec } from "kubernetes-types/core/v1.js";
import type { ObjectMeta } from "kubernetes-types/meta/v1.js";
import type { DeploymentManifest, JobManifest } from "../lowering/manifest.ts";
import { SERVICE_CONTAINER } from "../lowering/workload.ts";
import type { NamespaceObjects } from "./namespace-watch.ts";
import { containerState, metCondition } from "./object-status.ts";
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
  const nameOf = (pod: Pod) => pod.metadata?.name ?? "";
  const completed = pods.find((pod) => isJob && containerState(pod)?.terminated?.exitCode === 0);
  if (completed !== undefined) return { kind: "completed", pod: nameOf(completed) };
  const ready = pods.find((pod) => !isJob && metCondition(pod, "Ready"));
  if (ready !== undefined) return { kind: "ready", pod: nameOf(ready) };
  if (owner.isOverdue) return { kind: "failed", pod: pods[0]?.metadata?.name, container: SERVICE_CONTAINER };
  for (const pod of pods) {
    const problem = podProblem(pod, eventsOf(objects, pod));
    const { reason, passesWithin } = problem ?? {};
    if (problem !== undefined && (reason === undefined || passesWithin === undefined))
      return { kind: "failed", ...problem };
    if (reason !== undefined) return { kind: "held", ...problem, reason };
  }
  if (owner.refusal !== undefined && pods.length === 0) return refused(owner.refusal);
  const running = pods.find((pod) => containerState(pod)?.running);
  if (running !== undefined) return { kind: "running", pod: nameOf(running) };
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
  const refusal = eventsOf({ events }, job).find(({ reason }) => reason === "FailedCreate");
  const isOverdue = (job.status?.conditions ?? []).some(({ reason }) => reason === "DeadlineExceeded");
  return { uid: job.metadata?.uid, refusal: refusal?.message, isOverdue };
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
  const refusal = metCondition(current, "ReplicaFailure")?.message;
  return { uid: current.metadata?.uid, refusal, isOverdue: false };
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

function eventsOf({ events }: Pick<NamespaceObjects, "events">, { metadata }: Pod | Job): readonly Event[] {
  return events.filter(({ involvedObject }) => involvedObject.uid === metadata?.uid);
}

/** Refusals that pass: controllers fill a new namespace after its creation. */
const PASSING = /error looking up service account|status unknown for quota|timed? ?out/;

function refused(message: string): Progress {
  const reason = message.replace(/^Error creating: /, "");
  if (PASSING.test(reason)) return { kind: "held", reason: `its pod is not created: ${reason}` };
  const remedy = REMEDIES.find(([pattern]) => pattern.test(reason))?.[1] ?? "";
  return { kind: "failed", reason: `its pod is not created: ${reason}${remedy}` };
}

/** What to do about refusals of Pod Security, quotas and LimitRanges. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /violates PodSecurity "restricted/,
    '; declare a numeric user that its image can run as, such as user: "1000:1000", or set podSecurity ' +
      "in nestbox:kubernetes to a level that the cluster allows",
  ],
  [
    /violates PodSecurity/,
    "; remove what the level does not allow, or set podSecurity: privileged in nestbox:kubernetes where " +
      "the cluster allows it",
  ],
  [/exceeded quota/, "; raise the quota, or declare less"],
  [/must specify limits/, "; declare its limits, or set limits in nestbox:kubernetes"],
  [
    /m(?:in|ax)imum (?:cpu|memory) usage per|max limit to request ratio|no (?:limit|request) is specified/,
    "; declare other limits, or set requests, limits and helper in nestbox:kubernetes",
  ],
];

/** What keeps a pod from getting a node. */
function unscheduled(
  { events }: NamespaceObjects,
  pods: readonly Pod[],
  { spec }: Workload,
): Progress | undefined {
  const claims = spec.template?.spec?.volumes?.map((volume) => volume.persistentVolumeClaim?.claimName);
  for (const pod of pods) {
    const scheduled = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
    if (scheduled === undefined) {
      // The scheduler has chosen a node, and first waits for the claims that bind on it.
      const awaited = events.find((event) => isOfClaims(event, claims) && event.reason === PROVISIONING);
      if (awaited === undefined) continue;
      const reason = `volume ${awaited.involvedObject.name}: ${awaited.message}`;
      return { kind: "held", pod: pod.metadata?.name ?? "", reason, passesWithin: STARTED_WITHIN };
    }
    if (scheduled.status !== "False") continue;
    const unbound = events.find(
      (event) => isOfClaims(event, claims) && CLAIM_ERRORS.includes(event.reason ?? ""),
    );
    const { name = "" } = pod.metadata ?? {};
    const claim = `volume ${unbound?.involvedObject.name}: ${unbound?.message}`;
    if (unbound?.reason === "FailedBinding")
      return { kind: "failed", pod: name, reason: `${claim}; choose a storage class` };
    if (eventsOf({ events }, pod).some(({ reason = "" }) => SCALES_UP.includes(reason))) return WAITING;
    if (unbound !== undefined) return { kind: "held", pod: name, reason: claim };
    const { message = "" } = scheduled;
    return { kind: "held", pod: name, reason: `gets no node: ${message}`, ...limitOf(message) };
  }
  return undefined;
}

function isOfClaims(
  { involvedObject: { kind, name = "" } }: Event,
  claims: readonly (string | undefined)[] = [],
): boolean {
  return kind === "PersistentVolumeClaim" && claims.includes(name);
}

/** A driver has been asked for a volume. One that is not there never answers. */
const PROVISIONING = "ExternalProvisioning";

/** The first one never passes by itself: there is neither a class nor a volume that fits. */
const CLAIM_ERRORS: readonly string[] = ["FailedBinding", "ProvisioningFailed"];

/** Events of cluster-autoscaler and Karpenter: a node is on its way. */
const SCALES_UP: readonly string[] = ["TriggeredScaleUp", "Nominated"];

/** What keeps the containers of a pod that has a node from starting. */
function unstarted(objects: NamespaceObjects, pods: readonly Pod[]): HeldPod | undefined {
  for (const pod of pods) {
    const own = eventsOf(objects, pod);
    if (own.some(({ reason = "" }) => IN_SANDBOX.includes(reason))) continue;
    const lastOf = (reasons: readonly string[]) =>
      own.findLast(({ reason = "" }) => reasons.includes(reason))?.message;
    const reason = lastOf(SANDBOX_ERRORS) ?? lastOf(MOUNT_ERRORS);
    const { name = "" } = pod.metadata ?? {};
    if (reason !== undefined)
      return { kind: "held", pod: name, reason, passesWithin: STARTED_WITHIN, ...limitOf(reason) };
    const { nodeName } = pod.spec ?? {};
    const hasClaims = pod.spec?.volumes?.some((volume) => volume.persistentVolumeClaim !== undefined);
    if (nodeName === undefined || containersHaveRun(pod)) continue;
    const silent = `node ${nodeName} has not begun to start its pod; look at the node and its kubelet`;
    const passesWithin = hasClaims ? ATTACHED_WITHIN : STARTED_WITHIN;
    return { kind: "held", pod: name, reason: silent, passesWithin };
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

/** Milliseconds for a cloud to attach its disks, during which a node reports nothing. */
const ATTACHED_WITHIN = 120_000;

/** Events are kept for an hour, and statuses for as long as the pod. */
function containersHaveRun({ status }: Pod): boolean {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return all.some(
    ({ state, imageID }) => imageID !== "" || (state?.waiting === undefined && state !== undefined),
  );
}

/** Everything that a pod mounts is created before it. The scheduler and the kubelet may see it later. */
const MISSING = /(configmap|secret|persistentvolumeclaim)s? "[^"]*" not found|references non-existent/;
const SEEN_WITHIN = 10_000;

function limitOf(message: string): Pick<HeldPod, "passesWithin"> {
  return MISSING.test(message) ? { passesWithin: SEEN_WITHIN } : {};
}
