import type { Readable } from "node:stream";
import type { ContainerStateTerminated, Pod } from "kubernetes-types/core/v1.js";
import { archiveFolder } from "../machine/archive-folder.ts";
import { timerMilliseconds } from "../model/duration.ts";
import { LABEL } from "../model/labels.ts";
import { ConfigurationError } from "../model/problem.ts";
import type { JobEnd } from "../sandbox/job-end.ts";
import type { FollowedRun } from "../sandbox/job-run.ts";
import { NotReady } from "../sandbox/not-ready.ts";
import { jobSpan } from "../sandbox/part-span.ts";
import { type SpanLabel, timed } from "../timings/timings.ts";
import { KubernetesForbidden } from "./api/cluster-error.ts";
import { followLog } from "./api/container-log.ts";
import { execInPod } from "./api/exec-in-pod.ts";
import { createObject, deleteObject } from "./api/objects.ts";
import { ARTIFACTS_CONTAINER } from "./lowering/artifact-containers.ts";
import { JOB_CONTAINER, type KubernetesJob, PROJECT_FILES_CONTAINER } from "./lowering/job-run.ts";
import { readArtifacts } from "./read-artifacts.ts";
import type { NamespaceObjects, NamespaceWatch } from "./readiness/namespace-watch.ts";
import { nextProgress, untilPassed } from "./readiness/next-progress.ts";
import { containerState, metCondition } from "./readiness/object-status.ts";
import { progressOf } from "./readiness/service-progress.ts";

/** A cluster does not tell standard output and standard error apart. */
export interface ClusterJobRun extends FollowedRun {
  readonly watch: NamespaceWatch;
  readonly job: KubernetesJob;
  /** Called between the job's end and its removal. Its failure is a warning. @default nothing */
  readonly beforeRemoval?: () => Promise<unknown>;
}

/** The kubelet cuts a termination message off after so many bytes. */
const LONGEST_MESSAGE = 4096;

/**
 * Runs a job as a Job of the sandbox's namespace, and streams its output. Always removes the Job. A failed
 * removal does not change the result. The job's time includes the pull of its image.
 *
 * @throws NotReady if its container cannot start or its pod is lost; ConfigurationError for a missing folder,
 * and for a file of variables that is too long; as callKubernetes does
 */
export async function runJobInCluster(run: ClusterJobRun): Promise<JobEnd> {
  const { watch, job, projectFolder, signal, warn, timings } = run;
  const archive =
    job.projectFiles === undefined ? undefined : await archiveFolder(projectFolder, job.projectFiles);
  const objects = [...job.configMaps, job.job];
  try {
    await timed(timings, spanOf(job, "create"), async () => {
      for (const object of objects) await createObject(watch.cluster, object, signal);
    });
    const end = await untilEnd(run, archive);
    await keepArtifacts(run, end);
    return end;
  } catch (error) {
    if (signal.aborted) return { kind: "interrupted" };
    throw error;
  } finally {
    await run
      .beforeRemoval?.()
      .catch(({ message }: Error) => warn(`the stack's end was not renewed: ${message}`));
    await timed(timings, spanOf(job, "remove"), async () => {
      for (const object of objects)
        await deleteObject(watch.cluster, object).catch((error: Error) =>
          warn(`${object.kind} ${object.metadata.name}: not removed (${error.message})`),
        );
    });
  }
}

function spanOf({ job }: KubernetesJob, step: string): SpanLabel {
  return jobSpan(job.metadata.labels?.[LABEL.part] ?? "", step);
}

/** A created job's own end, or that of its time. @throws as runJobInCluster does; the signal's reason */
async function untilEnd(run: ClusterJobRun, archive: Readable | undefined): Promise<JobEnd> {
  const { job, signal, timings } = run;
  const ended = new AbortController();
  const stuck = new AbortController();
  // The Job itself has more time, in which its artifacts are read.
  const limit = job.artifacts && AbortSignal.timeout(timerMilliseconds(job.artifacts.timeout));
  const ends = [signal, stuck.signal, ...(limit ? [limit] : [])];
  const attempt = { ...run, signal: AbortSignal.any(ends) };
  try {
    requireStart(run, ended.signal).catch((error: unknown) => stuck.abort(error));
    if (archive !== undefined)
      await timed(timings, spanOf(job, "copy files"), () => copyFiles(attempt, archive));
    return await followToEnd(attempt);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof JobOverdue || limit?.aborted) return { kind: "timed out" };
    throw error;
  } finally {
    ended.abort();
  }
}

/** The cluster has ended the Job at the end of its time. */
class JobOverdue extends Error {}

/**
 * Warns of a pod without a node, which waits for one until the end of the job's time.
 * @throws NotReady for a pod that something else holds, such as a volume that cannot be mounted
 */
async function requireStart({ watch, job, warn }: ClusterJobRun, ended: AbortSignal): Promise<never> {
  for (;;) {
    const held = await nextProgress(watch, job.job, ["held"], ended);
    if (held.passesWithin === undefined) warn(held.reason);
    await untilPassed(watch, job.job, held, ended);
  }
}

/** Copies the project's files into the init container that waits for them. */
async function copyFiles(run: ClusterJobRun, archive: Readable): Promise<void> {
  const { cluster, namespace } = run.watch;
  const pod = await untilPod(run, ({ metadata, status }) => {
    const waits = status?.initContainerStatuses?.some(
      ({ name, state }) => name === PROJECT_FILES_CONTAINER && state?.running !== undefined,
    );
    return waits ? metadata?.name : undefined;
  });
  const container = { namespace, pod, container: PROJECT_FILES_CONTAINER };
  const words = ["sh", "-c", "umask 0 && tar -xof - && touch /tmp/complete"];
  const command = { words, stdin: archive, signal: run.signal };
  const exitCode = await execInPod(cluster, container, command);
  if (exitCode !== 0) throw new NotReady(`its files were not copied: tar ended with exit code ${exitCode}`);
}

async function followToEnd(run: ClusterJobRun): Promise<JobEnd> {
  const pod = await timed(run.timings, spanOf(run.job, "start"), () =>
    untilPod(run, (found) => {
      const state = containerState(found);
      return state?.running || state?.terminated ? found.metadata?.name : undefined;
    }),
  );
  const reading = new AbortController();
  const copied = copyOutput(run, pod, reading.signal);
  try {
    const ended = await untilPod(run, endOf);
    await copied;
    run.commandsEnded?.();
    if (ended.reason === "OOMKilled") run.warn("out of memory: raise limits.memory");
    const variables = ended.exitCode === 0 ? variablesIn(run.job, ended) : undefined;
    return { kind: "exited", exitCode: ended.exitCode, ...(variables !== undefined && { variables }) };
  } finally {
    reading.abort();
  }
}

/** Keeps what a job has left in its working folder, from the container that still has it. */
async function keepArtifacts(run: ClusterJobRun, end: JobEnd): Promise<void> {
  const { keepArtifacts: keep, job, watch, signal, warn } = run;
  if (keep === undefined || job.artifacts === undefined) return;
  const { cluster, namespace } = watch;
  const { folder } = job.artifacts;
  await timed(run.timings, spanOf(job, "artifacts"), () =>
    keep(end, async (path) => {
      const pod = await artifactsPod(run);
      if (pod === undefined) return undefined;
      const container = { namespace, pod, container: ARTIFACTS_CONTAINER };
      return readArtifacts({ cluster, container, folder, signal, warn }, path);
    }),
  );
}

/** Milliseconds for a container that starts beside that of a short job. Its image may have to be pulled. */
const STARTED_WITHIN = 30_000;

/** The pod of a job whose artifacts can be read; undefined for one that is gone or never started. */
async function artifactsPod({ watch, job, signal, warn }: ClusterJobRun): Promise<string | undefined> {
  const limit = AbortSignal.timeout(STARTED_WITHIN);
  const isOver = { pod: undefined };
  try {
    const found = await watch.until(
      (objects) => {
        const pod = podOf(objects, job);
        const { running, terminated } = containerState(pod) ?? {};
        const hasStarted = running !== undefined || terminated !== undefined;
        if (pod === undefined || isRemoved(pod) || !hasStarted) return isOver;
        const status = pod.status?.containerStatuses?.find(({ name }) => name === ARTIFACTS_CONTAINER);
        if (status?.state?.terminated !== undefined) return isOver;
        return status?.state?.running && { pod: pod.metadata?.name };
      },
      AbortSignal.any([signal, limit]),
    );
    if (found.pod !== undefined) return found.pod;
  } catch (error) {
    if (signal.aborted || !limit.aborted) throw error;
  }
  warn(`its artifacts are lost: the container "${ARTIFACTS_CONTAINER}" of its pod does not run`);
  return undefined;
}

/** Waits until a check of a job's last pod returns a value. @throws as requireAlive does */
function untilPod<Value>(
  { watch, job, signal }: ClusterJobRun,
  check: (pod: Pod) => Value | undefined,
): Promise<NonNullable<Value>> {
  return watch.until((objects) => {
    requireAlive(objects, job);
    const pod = podOf(objects, job);
    return pod && check(pod);
  }, signal);
}

/** Copies the output of a job until it ends. */
async function copyOutput(
  { watch, stdout, warn }: ClusterJobRun,
  pod: string,
  signal: AbortSignal,
): Promise<void> {
  const { cluster, namespace } = watch;
  try {
    const container = { namespace, pod, container: JOB_CONTAINER };
    for await (const part of followLog(cluster, container, signal)) stdout.write(part);
  } catch (error) {
    // If the cluster is gone, the wait for the exit code reports it.
    if (error instanceof KubernetesForbidden) warn(error.message);
  }
}

/** The last pod of a job. */
function podOf({ pods }: NamespaceObjects, { job }: KubernetesJob): Pod | undefined {
  return pods.findLast(({ metadata }) => metadata?.labels?.["job-name"] === job.metadata.name);
}

/** How the container of a job has ended by itself. */
function endOf(pod: Pod | undefined): ContainerStateTerminated | undefined {
  const ended = containerState(pod)?.terminated;
  const isOwnEnd = !isRemoved(pod) && pod?.status?.reason === undefined && ended?.reason !== "StartError";
  return isOwnEnd ? ended : undefined;
}

function isRemoved(pod: Pod | undefined): boolean {
  return pod?.metadata?.deletionTimestamp !== undefined;
}

/** @throws NotReady for a job that does not start, or whose pod is lost; JobOverdue */
function requireAlive(objects: NamespaceObjects, job: KubernetesJob): void {
  const own = objects.jobs.find(({ metadata }) => metadata?.name === job.job.metadata.name);
  const failed = metCondition(own, "Failed");
  if (failed?.reason === "DeadlineExceeded") throw new JobOverdue();
  const pod = podOf(objects, job);
  if (endOf(pod) !== undefined) return;
  if (failed !== undefined && (pod === undefined || isRemoved(pod)))
    throw new NotReady(`its pod was removed: ${failed.message}`);
  // Whoever removes the pod of an overdue Job reports it a moment later.
  const progress = isRemoved(pod) ? undefined : progressOf(objects, job.job);
  if (progress?.kind === "failed" && progress.reason !== undefined) throw new NotReady(progress.reason);
}

/** @throws ConfigurationError for a file that may have been cut off */
function variablesIn(job: KubernetesJob, { message }: ContainerStateTerminated): string | undefined {
  if (job.variablesFile === undefined || message === undefined) return undefined;
  if (Buffer.byteLength(message) < LONGEST_MESSAGE) return message;
  throw new ConfigurationError(
    `${job.variablesFile}: has 4 KiB or more, and Kubernetes reads less; write fewer variables into it`,
  );
}
