import { randomBytes } from "node:crypto";
import type { Plan } from "../../model/plan/plan.ts";
import { NotReady } from "../../sandbox/not-ready.ts";
import type { RunningSandbox, SandboxUse } from "../../sandbox/running-sandbox.ts";
import type { Cluster } from "../api/cluster.ts";
import { lowerJobToKubernetes } from "../lowering/job-run.ts";
import type { KubernetesPlacement } from "../lowering/kubernetes-placement.ts";
import { type EndedService, explainEnds } from "../readiness/ended-services.ts";
import type { NamespaceWatch } from "../readiness/namespace-watch.ts";
import { runJobInCluster } from "../run-job.ts";
import { execInPartPod } from "./exec-in-part-pod.ts";
import { forwardPorts } from "./forwarded-ports.ts";
import { addressesInNamespace } from "./namespace-addresses.ts";
import { partPods, timesOf } from "./part-pods.ts";
import { podLog } from "./pod-log.ts";

/** A sandbox in a namespace, and how this process uses it. */
export interface SandboxInNamespace extends SandboxUse {
  readonly cluster: Cluster;
  readonly plan: Plan;
  readonly secrets: Readonly<Record<string, string>>;
  readonly placement: KubernetesPlacement;
  /** The folder that the files of jobs are in. */
  readonly projectFolder: string;
  /** Follows the namespace from the first call on. */
  readonly watch: () => NamespaceWatch;
  /** Ends of services that others have already seen. */
  readonly earlierEnds: readonly EndedService[];
  /** Aborted when this process no longer uses it. */
  readonly closed: AbortController;
  readonly remove: () => Promise<void>;
}

export function runningSandbox(sandbox: SandboxInNamespace): RunningSandbox {
  const { cluster, plan, secrets, placement, watch, closed, lost, confirm } = sandbox;
  const close = () => closed.abort();
  return {
    ...{ plan, owner: placement.ownership?.owner ?? "", secrets, lost, confirm, close },
    reach: async () => {
      const forwarded = await forwardPorts(plan, cluster, placement);
      const end = () => forwarded.close();
      if (closed.signal.aborted) end();
      else closed.signal.addEventListener("abort", end, { once: true });
      return forwarded.addressOf;
    },
    addresses: async () => addressesInNamespace(plan, placement),
    run: async (job, { image, variables, ...run }) => {
      const details = { image: image ?? job.image, variables: variables ?? {}, labels: sandbox.labels };
      const id = randomBytes(3).toString("hex");
      return runJobInCluster({
        watch: watch(),
        job: lowerJobToKubernetes(plan, job, placement, { id, ...details }),
        projectFolder: sandbox.projectFolder,
        beforeRemoval: sandbox.afterJob,
        ...run,
      }).catch((error: unknown) => {
        if (!(error instanceof NotReady)) throw error;
        throw new NotReady(`${plan.sandbox}.jobs.${job.key}: ${error.message}`);
      });
    },
    exec: (part, command, streams) =>
      execInPartPod({ cluster, scope: placement, plan, part }, command, streams),
    logs: (service, selection) => podLog({ cluster, scope: placement, plan }, service, selection),
    stopped: () => explainEnds(watch(), sandbox.earlierEnds),
    times: async () => {
      const parts = [...(await partPods(cluster, placement))];
      return new Map(
        parts.flatMap(([key, pod]) => {
          const times = timesOf(pod);
          return times === undefined ? [] : [[key, times] as const];
        }),
      );
    },
    remove: async () => {
      try {
        await sandbox.remove();
      } finally {
        close();
      }
    },
  };
}
