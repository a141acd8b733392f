import { lowerJob } from "../../docker/lowering/lower-job.ts";
import type { DockerPlacement } from "../../docker/lowering/placement.ts";
import { runJob } from "../../docker/run-job.ts";
import { stoppedServices } from "../../docker/stopped-services.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { EngineWorkspace } from "../workspace/workspace.ts";
import { pullJobImage } from "./job-image.ts";
import type { JobSite, SiteUse } from "./job-site.ts";

/** A sandbox that runs on the engine of a workspace. */
interface RunningOnDocker extends SiteUse, Pick<JobSite, "reach"> {
  readonly placement: DockerPlacement;
  /** The containers of its services, by key. */
  readonly containers: Readonly<Record<string, string>>;
}

export function dockerSite(workspace: EngineWorkspace, plan: Plan, running: RunningOnDocker): JobSite {
  const { engine, project } = workspace;
  const { placement, containers, labels = {}, afterJob = async () => {}, ...site } = running;
  return {
    ...site,
    provideImage: (path, image) => pullJobImage(workspace, path, image),
    stoppedServices: () => {
      const services = plan.services.flatMap(({ key, completesWithin }) => {
        const container = containers[key];
        return container === undefined || completesWithin !== undefined ? [] : [{ key, container }];
      });
      return stoppedServices(engine, services);
    },
    runJob: (job, { signal, warn, ...details }) =>
      runJob({
        engine,
        job: lowerJob(plan, job, placement, { ...details, labels }),
        secrets: site.secrets,
        projectFolder: project.folder,
        stdout: process.stdout,
        stderr: process.stderr,
        beforeRemoval: afterJob,
        ...{ signal, warn },
      }),
  };
}
