import { randomBytes } from "node:crypto";
import { lowerJobToKubernetes } from "../../kubernetes/lowering/job-run.ts";
import type { KubernetesPlacement } from "../../kubernetes/lowering/kubernetes-placement.ts";
import { type EndedService, explainEnds } from "../../kubernetes/readiness/ended-services.ts";
import type { NamespaceWatch } from "../../kubernetes/readiness/namespace-watch.ts";
import { runJobInCluster } from "../../kubernetes/run-job.ts";
import type { Labels } from "../../model/labels.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { NotReady } from "../../running/not-ready.ts";
import type { JobSite } from "./job-site.ts";

/** A sandbox that runs in a namespace. */
interface RunningInCluster extends Pick<JobSite, "secrets" | "lost" | "confirm" | "interrupted"> {
  readonly placement: KubernetesPlacement;
  readonly watch: NamespaceWatch;
  /** Ends of services before the work. @default none */
  readonly earlierEnds?: readonly EndedService[];
  /** The labels of all objects of its jobs. @default none */
  readonly labels?: Labels;
  /** Called after a job's end. @default nothing */
  readonly afterJob?: () => Promise<unknown>;
}

export function clusterSite(
  projectFolder: string,
  plan: Plan,
  running: RunningInCluster,
): Omit<JobSite, "reach"> {
  const { placement, watch, earlierEnds = [], labels = {}, afterJob = async () => {}, ...site } = running;
  return {
    ...site,
    // The cluster pulls it, with credentials of its own.
    provideImage: async () => {},
    stoppedServices: () => explainEnds(watch, earlierEnds),
    runJob: async (job, { image, variables, signal, warn }) => {
      const id = randomBytes(3).toString("hex");
      const end = await runJobInCluster({
        watch,
        job: lowerJobToKubernetes(plan, job, placement, { id, image, variables, labels }),
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
