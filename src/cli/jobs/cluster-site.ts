import { forwardPort } from "../../kubernetes/api/port-forward.ts";
import { lowerJobToKubernetes } from "../../kubernetes/lowering/job-run.ts";
import type { KubernetesPlacement } from "../../kubernetes/lowering/kubernetes-placement.ts";
import { type EndedService, explainEnds } from "../../kubernetes/readiness/ended-services.ts";
import type { NamespaceWatch } from "../../kubernetes/readiness/namespace-watch.ts";
import { runJobInCluster } from "../../kubernetes/run-job.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { NotReady } from "../../running/not-ready.ts";
import type { HostPort, JobSite, SiteUse } from "./job-site.ts";

/** A sandbox that runs in a namespace. */
interface RunningInCluster extends SiteUse {
  readonly placement: KubernetesPlacement;
  readonly watch: NamespaceWatch;
  /** Ends of services before the work. @default none */
  readonly earlierEnds?: readonly EndedService[];
  /** The pods of the services, by key. */
  readonly pods: Readonly<Record<string, string>>;
  /** Ends the connections to the services. */
  readonly ended: AbortSignal;
}

export function clusterSite(projectFolder: string, plan: Plan, running: RunningInCluster): JobSite {
  const { placement, watch, earlierEnds = [], pods, ended, ...use } = running;
  const { labels = {}, afterJob = async () => {}, ...site } = use;
  return {
    ...site,
    // The cluster pulls it, with credentials of its own.
    provideImage: async () => {},
    stoppedServices: () => explainEnds(watch, earlierEnds),
    reach: () => forwardPorts(plan, running),
    runJob: async (job, { signal, warn, ...details }) => {
      const end = await runJobInCluster({
        watch,
        job: lowerJobToKubernetes(plan, job, placement, { ...details, labels }),
        projectFolder,
        stdout: process.stdout,
        ...{ signal, warn },
      }).catch((error: unknown) => {
        if (!(error instanceof NotReady)) throw error;
        throw new NotReady(`${plan.sandbox}.jobs.${job.key}: ${error.message}`);
      });
      await afterJob();
      return end;
    },
  };
}

/** Forwards a port of this machine to each port of a running service. */
async function forwardPorts(plan: Plan, { watch, pods, ended }: RunningInCluster): Promise<HostPort> {
  const { cluster, namespace } = watch;
  const forwards = plan.services.flatMap(({ key, ports, completesWithin }) => {
    const pod = pods[key];
    if (pod === undefined || completesWithin !== undefined) return [];
    return ports.map(
      async (port) => [`${key}:${port}`, await forwardPort(cluster, { namespace, pod, port })] as const,
    );
  });
  const forwarded = new Map(await Promise.all(forwards));
  ended.addEventListener("abort", () => {
    for (const port of forwarded.values()) port.close();
  });
  return (service, port) => forwarded.get(`${service}:${port}`)?.port;
}
