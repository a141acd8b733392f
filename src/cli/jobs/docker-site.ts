import { randomBytes } from "node:crypto";
import { lowerJob } from "../../docker/lowering/lower-job.ts";
import type { DockerPlacement } from "../../docker/lowering/placement.ts";
import { runJob } from "../../docker/run-job.ts";
import { stoppedServices } from "../../docker/stopped-services.ts";
import type { Labels } from "../../model/labels.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { EngineWorkspace } from "../workspace/workspace.ts";
import type { JobSite } from "./job-site.ts";
import { pullJobImage } from "./pull-job-image.ts";

/** A sandbox that runs on the engine of a workspace. */
interface RunningOnDocker extends Pick<JobSite, "secrets" | "lost" | "confirm" | "interrupted" | "reach"> {
  readonly placement: DockerPlacement;
  /** The containers of its services, by key. */
  readonly containers: Readonly<Record<string, string>>;
  /** The labels of all resources of its jobs. @default none */
  readonly labels?: Labels;
  /** Called between a job's end and its removal. @default nothing */
  readonly beforeRemoval?: () => Promise<unknown>;
}

export function dockerSite(workspace: EngineWorkspace, plan: Plan, running: RunningOnDocker): JobSite {
  const { engine, project } = workspace;
  const { placement, containers, labels = {}, beforeRemoval, ...site } = running;
  return {
    ...site,
    provideImage: (path, image) => pullJobImage(workspace, path, image),
    stoppedServices: () => {
      const keepRunning = plan.services.filter(({ completesWithin }) => completesWithin === undefined);
      return stoppedServices(
        engine,
        keepRunning.flatMap(({ key }) => {
          const container = containers[key];
          return container === undefined ? [] : [{ key, container }];
        }),
      );
    },
    runJob: (job, { image, variables, signal, warn }) => {
      const id = randomBytes(3).toString("hex");
      return runJob({
        engine,
        job: lowerJob(plan, job, placement, { image, variables, id, labels }),
        secrets: site.secrets,
        projectFolder: project.folder,
        stdout: process.stdout,
        stderr: process.stderr,
        ...(beforeRemoval && { beforeRemoval }),
        ...{ signal, warn },
      });
    },
  };
}
