import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { type Cluster, clusterOf } from "../../kubernetes/api/cluster.ts";
import { containerLog } from "../../kubernetes/api/container-log.ts";
import { execInPod } from "../../kubernetes/api/exec-in-pod.ts";
import { readContext } from "../../kubernetes/api/kubeconfig.ts";
import {
  applyObject,
  clusterTime,
  createObject,
  deleteObject,
  listObjects,
  readObject,
  watchObjects,
} from "../../kubernetes/api/objects.ts";
import { KUBERNETES_FILES } from "../../kubernetes/kubernetes-support.ts";
import { lowerJobToKubernetes } from "../../kubernetes/lowering/job-run.ts";
import type { KubernetesPlacement } from "../../kubernetes/lowering/kubernetes-placement.ts";
import { lowerToKubernetes } from "../../kubernetes/lowering/lower-to-kubernetes.ts";
import type { AnyManifest } from "../../kubernetes/lowering/manifest.ts";
import { projectFileContents } from "../../kubernetes/project-file-contents.ts";
import { secretManifest } from "../../kubernetes/secret-manifest.ts";
import { lossesOf } from "../../losses/losses.ts";
import { archiveFolder } from "../../machine/archive-folder.ts";
import { LABEL } from "../../model/labels.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { keepLast } from "../last-lines.ts";
import { lineStream } from "../line-stream.ts";
import type {
  JobResult,
  ObservedContainer,
  ProofRequest,
  ProofTarget,
  ProvedSandbox,
  StartTimes,
} from "../place.ts";
import { jobOf } from "../probing-plan.ts";

/** The emitted manifests, in the cluster of the current kubeconfig. */
export function kubernetesTarget(environment: NodeJS.ProcessEnv): ProofTarget {
  return {
    name: "kubernetes",
    async missing() {
      try {
        await clusterTime(clusterOf(readContext(undefined, environment)));
        return undefined;
      } catch (error) {
        if (error instanceof ConfigurationError) return error.message;
        throw error;
      }
    },
    prepare: (request) => kubernetesSandbox(clusterOf(readContext(undefined, environment)), request),
  };
}

interface Place {
  readonly cluster: Cluster;
  readonly plan: Plan;
  readonly placement: KubernetesPlacement;
  readonly projectFolder: string;
  readonly signal: AbortSignal;
}

async function kubernetesSandbox(cluster: Cluster, request: ProofRequest): Promise<ProvedSandbox> {
  const { plan, projectFolder, signal } = request;
  const { certificates } = request.network;
  const namespace = `${plan.sandbox}-prove-${randomBytes(3).toString("hex")}`;
  const placement: KubernetesPlacement = {
    namespace,
    privilegedImages: plan.images,
    network: request.network,
    ...(certificates !== undefined && { certificates: readFileSync(certificates, "utf8") }),
    projectFiles: projectFileContents([plan], projectFolder),
  };
  const place = { cluster, plan, placement, projectFolder, signal };
  const own = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  const remove = async () => void (await deleteObject(cluster, own));
  await createServices(place, request).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  return {
    losses: (job) => lossesOf(KUBERNETES_FILES, plan, { services: plan.services, jobs: [job] }),
    servicesBeside: () => plan.services.map(({ key }) => key),
    runJob: (key, onLine) => runEmitted(place, key, onLine),
    async observe({ key }) {
      const pods = await listObjects<PodObject>(cluster, { ...POD, namespace, signal });
      const job = pods.find((pod) => kindOf(pod) === "job" && partOf(pod) === key && isRunning(pod));
      if (job === undefined) throw new Error(`job ${key}: its pod is gone`);
      const services = pods.filter((pod) => kindOf(pod) === "service");
      return {
        job: observedPod(place, job, "job"),
        services: new Map(services.map((pod) => [partOf(pod), observedPod(place, pod, "service")])),
      };
    },
    remove,
    async leftovers() {
      const found = await readObject<{ readonly metadata: { readonly deletionTimestamp?: string } }>(
        cluster,
        own,
      );
      return found === undefined || found.metadata.deletionTimestamp !== undefined
        ? []
        : [`namespace ${namespace}`];
    },
  };
}

/** Creates what `kubectl apply -k` creates, in its order. */
async function createServices(
  { cluster, plan, placement, signal }: Place,
  request: ProofRequest,
): Promise<void> {
  const objects = lowerToKubernetes(plan, placement);
  const { namespace, quota, limitRange, policies, volumes, services, jobService } = objects;
  const apply = (manifest: AnyManifest) => applyObject(cluster, manifest, signal);
  for (const manifest of [namespace, quota, limitRange, ...policies, ...volumes]) await apply(manifest);
  if (objects.secret !== undefined)
    await applyObject(cluster, secretManifest(objects.secret, request.secrets), signal);
  for (const manifest of [
    ...services.flatMap((service) => service.services),
    ...(jobService ? [jobService] : []),
  ])
    await apply(manifest);
  for (const { configMap, workload } of services) {
    if (configMap) await apply(configMap);
    await apply(workload);
  }
}

/** Runs a job as `kubectl create -f` does, and copies the files that it waits for. */
async function runEmitted(place: Place, key: string, onLine: (line: string) => void): Promise<JobResult> {
  const { cluster, plan, placement, projectFolder, signal } = place;
  const lowered = lowerJobToKubernetes(plan, jobOf(plan, key), placement);
  if (lowered.configMap) await applyObject(cluster, lowered.configMap, signal);
  const { metadata } = await createObject(cluster, lowered.job, signal);
  const { namespace } = placement;
  const isOfJob = (pod: PodObject) => pod.metadata.labels["job-name"] === metadata.name;
  const until = (condition: (pod: PodObject) => boolean) =>
    podWith({ cluster, namespace, signal }, (pod) => isOfJob(pod) && condition(pod));
  if (lowered.projectFiles !== undefined) {
    const { metadata: pod } = await until(
      ({ status }) => status.initContainerStatuses?.some(isCopying) === true,
    );
    await execInPod(
      cluster,
      { namespace, pod: pod.name, container: FILES_CONTAINER },
      {
        words: ["sh", "-c", "tar -xof - && touch /tmp/complete"],
        stdin: Readable.from([await archiveFolder(projectFolder, lowered.projectFiles)]),
        signal,
      },
    );
  }
  const { metadata: pod } = await until((found) => isRunning(found) || endOf(found) !== undefined);
  const { lines, take } = keepLast(onLine);
  const log = await containerLog(
    cluster,
    { namespace, pod: pod.name, container: "job" },
    { follow: true, signal },
  );
  const output = lineStream(take);
  log.pipe(output);
  await new Promise((resolve, reject) => output.once("finish", resolve).once("error", reject));
  const ended = await until((found) => endOf(found) !== undefined);
  return { exitCode: endOf(ended)?.exitCode ?? -1, lastLines: lines };
}

const POD = { apiVersion: "v1", kind: "Pod" } as const;
const FILES_CONTAINER = "project-files";

interface PodObject {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly status: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime: string;
    }[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

interface ContainerStatus {
  readonly name: string;
  readonly state: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt: string };
    readonly terminated?: {
      readonly exitCode: number;
      readonly startedAt: string;
      readonly finishedAt: string;
    };
  };
}

/** Waits for a pod. @throws if one of the namespace cannot start; the signal's reason */
async function podWith(
  { cluster, ...query }: Pick<Place, "cluster" | "signal"> & { readonly namespace: string },
  condition: (pod: PodObject) => boolean,
): Promise<PodObject> {
  const found = new AbortController();
  const signal = AbortSignal.any([query.signal, found.signal]);
  try {
    for await (const { object } of watchObjects<PodObject>(cluster, { ...POD, ...query, signal })) {
      if (condition(object)) return object;
      const obstacle = obstacleOf(object);
      if (obstacle !== undefined) throw new Error(`pod ${object.metadata.name}: ${obstacle}`);
    }
    throw new Error("the watch ended");
  } finally {
    found.abort();
  }
}

function kindOf({ metadata }: PodObject): string {
  return metadata.labels[LABEL.kind] ?? "";
}

function partOf({ metadata }: PodObject): string {
  return metadata.labels[LABEL.part] ?? "";
}

function isRunning({ status }: PodObject): boolean {
  return status.containerStatuses?.some(({ state }) => state.running !== undefined) === true;
}

/** Why a pod waits for what does not come by itself. */
function obstacleOf({ status }: PodObject): string | undefined {
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const { reason = "", message } =
    containers.find(({ state }) => /BackOff|Invalid|ConfigError/.test(state.waiting?.reason ?? ""))?.state
      .waiting ?? {};
  return reason === "" ? undefined : (message ?? reason);
}

function isCopying({ name, state }: ContainerStatus): boolean {
  return name === FILES_CONTAINER && state.running !== undefined;
}

function endOf({ status }: PodObject): { readonly exitCode: number } | undefined {
  return status.containerStatuses?.find(({ state }) => state.terminated !== undefined)?.state.terminated;
}

function observedPod(
  { cluster, placement, signal }: Place,
  pod: PodObject,
  container: string,
): ObservedContainer {
  const reference = { namespace: placement.namespace, pod: pod.metadata.name, container };
  return {
    times: timesOfPod(pod),
    async run(words) {
      const stdout = new PassThrough();
      const output = buffer(stdout);
      await execInPod(cluster, reference, { words, stdout, signal }).finally(() => stdout.end());
      return (await output).toString();
    },
  };
}

/** Kubernetes reports whole seconds. */
function timesOfPod({ status }: PodObject): StartTimes {
  const [container] = status.containerStatuses ?? [];
  const { running, terminated } = container?.state ?? {};
  const ready = status.conditions?.find(({ type, status: is }) => type === "Ready" && is === "True");
  return {
    started: Date.parse((running ?? terminated)?.startedAt ?? ""),
    ...(ready && { ready: Date.parse(ready.lastTransitionTime) }),
    ...(terminated && { ended: Date.parse(terminated.finishedAt) }),
  };
}
