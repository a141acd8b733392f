import { randomBytes } from "node:crypto";
import { PassThrough } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { Pod } from "kubernetes-types/core/v1.js";
import type { Cluster } from "../../kubernetes/api/cluster.ts";
import { execInPod } from "../../kubernetes/api/exec-in-pod.ts";
import { clusterTime } from "../../kubernetes/api/objects.ts";
import { clusterPlace } from "../../kubernetes/cluster-place.ts";
import { type ClusterRequest, startInCluster } from "../../kubernetes/direct/start-in-cluster.ts";
import { KUBERNETES } from "../../kubernetes/kubernetes-support.ts";
import { JOB_CONTAINER, lowerJobToKubernetes } from "../../kubernetes/lowering/job-run.ts";
import { SERVICE_CONTAINER } from "../../kubernetes/lowering/workload.ts";
import type { NamespaceWatch } from "../../kubernetes/readiness/namespace-watch.ts";
import { runJobInCluster } from "../../kubernetes/run-job.ts";
import { lossesOf } from "../../losses/losses.ts";
import { LABEL } from "../../model/labels.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { Observed, ObservedContainer, ProofTarget, StartTimes } from "../place.ts";
import { jobOf } from "../probing-plan.ts";
import { runDirectly } from "../run-directly.ts";

/** What a cluster is told beside the plan. */
export interface KubernetesSettings extends Pick<ClusterRequest, "project" | "namespacePrefix"> {
  /** @throws ConfigurationError without a cluster */
  readonly findCluster: () => Promise<Cluster>;
  readonly placementOf: (plan: Plan) => ClusterRequest["placement"];
}

/** A Kubernetes cluster, without a stack. */
export function kubernetesTarget({ findCluster, placementOf, ...settings }: KubernetesSettings): ProofTarget {
  return {
    name: KUBERNETES.name,
    async missing() {
      try {
        await clusterTime(await findCluster());
        return undefined;
      } catch (error) {
        if (error instanceof ConfigurationError) return error.message;
        throw error;
      }
    },
    async prepare(request) {
      const { plan, projectFolder } = request;
      const cluster = await findCluster();
      const started = await startInCluster({
        ...{ ...settings, ...request, cluster, placement: placementOf(plan) },
        // The proof itself sends the packets.
        knowsPolicies: true,
      });
      const { placement, watch, pods, lost, remove } = started;
      const signal = AbortSignal.any([request.signal, lost]);
      return {
        losses: (job) => lossesOf(KUBERNETES, plan, { services: plan.services, jobs: [job] }),
        servicesBeside: () => plan.services.map(({ key }) => key),
        runJob: (key, onLine) =>
          runDirectly(onLine, ({ stdout, warn }) => {
            const run = { id: randomBytes(3).toString("hex") };
            const job = lowerJobToKubernetes(plan, jobOf(plan, key), placement, run);
            return runJobInCluster({ watch, job, projectFolder, stdout, signal, warn });
          }),
        observe: ({ key }) => observe({ watch, signal }, pods, key),
        remove,
        async leftovers() {
          const owned = await clusterPlace(cluster).readOwned(placement.ownership.owner);
          return owned.map(({ kind, name }) => `${kind} ${name}`);
        },
      };
    },
  };
}

interface Place {
  readonly watch: NamespaceWatch;
  readonly signal: AbortSignal;
}

async function observe(
  place: Place,
  podNames: Readonly<Record<string, string>>,
  job: string,
): Promise<Observed> {
  const pods = await place.watch.until((objects) => objects.pods, place.signal);
  const running = pods.find((pod) => pod.metadata?.labels?.[LABEL.part] === job && isRunning(pod));
  if (running === undefined) throw new Error(`job ${job}: its pod is gone`);
  const services = Object.entries(podNames).flatMap(([key, name]) => {
    const found = pods.find(({ metadata }) => metadata?.name === name);
    return found ? [[key, observedPod(place, found, SERVICE_CONTAINER)] as const] : [];
  });
  return { job: observedPod(place, running, JOB_CONTAINER), services: new Map(services) };
}

function isRunning({ status }: Pod): boolean {
  return status?.containerStatuses?.[0]?.state?.running !== undefined;
}

function observedPod(
  { watch: { cluster, namespace }, signal }: Place,
  pod: Pod,
  container: string,
): ObservedContainer {
  return {
    times: timesOf(pod),
    async run(words) {
      const stdout = new PassThrough();
      const output = buffer(stdout);
      const place = { namespace, pod: pod.metadata?.name ?? "", container };
      await execInPod(cluster, place, { words, stdout, signal }).finally(() => stdout.end());
      return (await output).toString();
    },
  };
}

/** Kubernetes reports whole seconds. */
function timesOf({ status }: Pod): StartTimes {
  const { running, terminated } = status?.containerStatuses?.[0]?.state ?? {};
  const ready = status?.conditions?.find(({ type, status: is }) => type === "Ready" && is === "True");
  return {
    started: Date.parse((running ?? terminated)?.startedAt ?? ""),
    ...(ready && { ready: Date.parse(ready.lastTransitionTime ?? "") }),
    ...(terminated && { ended: Date.parse(terminated.finishedAt ?? "") }),
  };
}
