import { randomBytes } from "node:crypto";
import { startSandbox } from "../../docker/direct/start-sandbox.ts";
import type { DockerHost } from "../../docker/host.ts";
import { DOCKER } from "../../docker/lowering/docker-support.ts";
import { lowerJob } from "../../docker/lowering/lower-job.ts";
import type { DockerPlacement } from "../../docker/lowering/placement.ts";
import { runJob } from "../../docker/run-job.ts";
import { lossesOf } from "../../losses/losses.ts";
import { LABEL } from "../../model/labels.ts";
import type { Subnet } from "../../model/subnets.ts";
import { observedByPart } from "../engine-container.ts";
import { resourcesWith } from "../engine-resources.ts";
import type { ProofRequest, ProofTarget, ProvedSandbox } from "../place.ts";
import { jobOf } from "../probing-plan.ts";
import { runDirectly } from "../run-directly.ts";

/** What a Docker engine is told beside the plan. */
export interface DockerSettings {
  readonly engine: DockerHost;
  /** The name of the project, for labels. */
  readonly project: string;
  readonly subnetPool?: Subnet;
  readonly privilegedImages?: readonly string[];
}

/** A Docker engine, without a stack. */
export function dockerTarget(settings: DockerSettings): ProofTarget {
  return {
    name: "docker",
    missing: async () => undefined,
    async prepare(request) {
      const started = await startSandbox({ ...settings, ...request });
      const { placement, lost } = started;
      const signal = AbortSignal.any([request.signal, lost]);
      const label = `${LABEL.owner}=${placement.owner}`;
      return { ...onEngine(settings.engine, placement, request, signal, label), remove: started.remove };
    },
  };
}

/**
 * A sandbox whose services run on an engine.
 * @param label of everything that belongs to it
 */
export function onEngine(
  engine: DockerHost,
  placement: DockerPlacement,
  { plan, secrets, projectFolder }: ProofRequest,
  signal: AbortSignal,
  label: string,
): Omit<ProvedSandbox, "remove"> {
  return {
    losses: (job) => lossesOf(DOCKER, plan, { services: plan.services, jobs: [job] }),
    servicesBeside: () => plan.services.map(({ key }) => key),
    runJob: (key, onLine) =>
      runDirectly(onLine, (output) => {
        const job = lowerJob(plan, jobOf(plan, key), placement, { id: randomBytes(3).toString("hex") });
        return runJob({ engine, secrets, projectFolder, signal, job, ...output });
      }),
    observe: (job) => observedByPart(engine, { label }, job.key, signal),
    leftovers: () => resourcesWith(engine, label),
  };
}
