import type { Duration } from "../../model/duration.ts";
import { LABEL, type Labels } from "../../model/labels.ts";
import { jobCommand } from "../../model/plan/job-script.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { PROJECT_FOLDER } from "../../model/plan/predefined-variables.ts";
import { securityOptions } from "../../model/plan/seccomp-profile.ts";
import type { JobRunDetails } from "../../running/job-run.ts";
import {
  type ContainerBody,
  containerBody,
  copiedFiles,
  type DockerContainer,
  laterConnections,
} from "./container.ts";
import { type DockerPlacement, partLabels, partName } from "./placement.ts";

export interface DockerJob extends DockerContainer {
  /** A folder of the project, and the volume for its files. */
  readonly projectFiles?: { readonly folder: string; readonly volume: VolumeBody };
  readonly variablesFile?: string;
  readonly timeout: Duration;
}

/** The body of `POST /volumes/create`. */
export interface VolumeBody {
  readonly Name: string;
  readonly Labels: Labels;
}

export function lowerJob(
  plan: Plan,
  job: PlannedJob,
  placement: DockerPlacement,
  { id, image = job.image, variables = {}, labels: ofRun = {} }: JobRunDetails,
): DockerJob {
  const name = `${partName(placement, job.key)}-${id}`;
  const planned: PlannedJob = { ...job, image, env: { ...job.env, ...variables } };
  const labels = { ...partLabels(plan, job.key, "job", placement), ...ofRun };
  const volume = { Name: `${name}-files`, Labels: { ...labels, [LABEL.kind]: "volume" } };
  return {
    key: job.key,
    name,
    body: jobBody(planned, placement, labels, volume.Name),
    connections: laterConnections(job, placement),
    files: copiedFiles(job, placement),
    ...(job.projectFiles !== undefined && { projectFiles: { folder: job.projectFiles, volume } }),
    // As in GitLab, where every user may write the folder.
    folders: job.predefined.projectFolder ? [PROJECT_FOLDER] : [],
    ...(job.variablesFile !== undefined && { variablesFile: job.variablesFile }),
    timeout: job.timeout,
  };
}

function jobBody(
  job: PlannedJob,
  placement: DockerPlacement,
  labels: Labels,
  projectVolume: string,
): ContainerBody {
  const { HostConfig, NetworkingConfig, ...common } = containerBody(job, placement);
  const projectMount = { Source: projectVolume, Target: job.workingFolder, ReadOnly: true };
  return {
    ...common,
    Cmd: jobCommand(job),
    WorkingDir: job.workingFolder,
    Labels: labels,
    StopTimeout: 10,
    HostConfig: {
      ...HostConfig,
      ...(job.projectFiles !== undefined && {
        Mounts: [{ Type: "volume", ...projectMount }, ...(HostConfig.Mounts ?? [])],
      }),
      ...(job.userNamespaces && { SecurityOpt: securityOptions() }),
    },
    NetworkingConfig,
  };
}
