import { randomBytes } from "node:crypto";
import { type SandboxRequest, startSandbox } from "../../docker/direct/start-sandbox.ts";
import type { DockerHost } from "../../docker/host.ts";
import { DOCKER } from "../../docker/lowering/docker-support.ts";
import { lowerJob } from "../../docker/lowering/lower-job.ts";
import type { DockerPlacement } from "../../docker/lowering/placement.ts";
import { readOwnedResources } from "../../docker/owned-resources.ts";
import { runJob } from "../../docker/run-job.ts";
import { lossesOf } from "../../losses/losses.ts";
import { LABEL } from "../../model/labels.ts";
import { observedByPart } from "../engine-container.ts";
import type { ProofRequest, ProofTarget, ProvedSandbox } from "../place.ts";
import { jobOf } from "../probing-plan.ts";
import { runDirectly } from "../run-directly.ts";

/** What a Docker engine is told beside the plan. */
type DockerSettings = Pick<SandboxRequest, "engine" | "project" | "subnetPool" | "privilegedImages">;

/** A Docker engine, without a stack. */
export function dockerTarget(settings: DockerSettings): ProofTarget {
  return {
    name: "docker",
    missing: async () => undefined,
    async prepare(request) {
      const started = await startSandbox({ ...settings, ...request });
      const { placement, lost } = started;
      const signal = AbortSignal.any([request.signal, lost]);
      return { ...onEngine(settings.engine, placement, request, signal), remove: started.remove };
    },
  };
}

/** A sandbox whose services run on an engine. */
export function onEngine(
  engine: DockerHost,
  placement: DockerPlacement,
  { plan, secrets, projectFolder }: ProofRequest,
  signal: AbortSignal,
): Omit<ProvedSandbox, "remove"> {
  return {
    losses: (job) => lossesOf(DOCKER, plan, { services: plan.services, jobs: [job] }),
    servicesBeside: () => plan.services.map(({ key }) => key),
    runJob: (key, onLine) =>
      runDirectly(onLine, (output) => {
        const job = lowerJob(plan, jobOf(plan, key), placement, { id: randomBytes(3).toString("hex") });
        return runJob({ engine, secrets, projectFolder, signal, job, ...output });
      }),
    observe: ({ key }) => observedByPart(engine, `${LABEL.owner}=${placement.owner}`, key, signal),
    async leftovers() {
      const owned = await readOwnedResources(engine, placement.owner);
      return owned.map(({ kind, name }) => `${kind} ${name}`);
    },
  };
}
