import type { Duration } from "../../model/duration.ts";
import { nothingLeft } from "../../model/nothing-left.ts";
import { jobCommand } from "../../model/plan/job-script.ts";
import type { Plan, PlannedJob, PlannedJobPart } from "../../model/plan/plan.ts";
import { PROJECT_FOLDER } from "../../model/plan/predefined-variables.ts";
import { privilegeProblems } from "../../model/plan/privilege.ts";
import { securityOptions } from "../../model/plan/seccomp-profile.ts";
import { requireNone } from "../../model/problem.ts";
import type { JobRunDetails } from "../../sandbox/job-run.ts";
import { type DockerContainer, lowerContainer } from "./container.ts";
import { DOCKER } from "./docker-support.ts";
import { overrideBody } from "./override-body.ts";
import { type DockerPlacement, partLabels, partName } from "./placement.ts";

/** A volume of a job's cache. */
export interface CacheMount {
  readonly volume: string;
  readonly target: string;
}

/** What distinguishes one run of a job on an engine from its plan. */
interface DockerJobRun extends JobRunDetails {
  /** The volumes of its cache. @default none */
  readonly caches?: readonly CacheMount[];
}

export interface DockerJob extends DockerContainer {
  /** A folder of the project. The working folder gets a copy of it. */
  readonly projectFiles?: string;
  readonly variablesFile?: string;
  readonly timeout: Duration;
}

export function lowerJob(
  plan: Plan,
  job: PlannedJob,
  placement: DockerPlacement,
  { id, image = job.image, variables = {}, labels: ofRun = {}, caches = [] }: DockerJobRun,
): DockerJob {
  requireNone(
    privilegeProblems(`${plan.sandbox}.jobs.${job.key}`, { ...job, image }, placement.privilegedImages),
  );
  const name = `${partName(placement, job.key)}-${id}`;
  const planned: PlannedJob = { ...job, image, env: { ...job.env, ...variables } };
  const {
    before,
    script,
    cleanup,
    workingFolder,
    projectFiles,
    predefined,
    userNamespaces,
    ...others
  }: PlannedJobPart = planned;
  const {
    variablesFile,
    artifacts: _artifacts,
    cache: _cache,
    timeout,
    needs: _needs,
    workingFolderIsFree: _isFree,
    ...rest
  } = others;
  nothingLeft(rest, DOCKER.exceptions.job);
  const labels = { ...partLabels(plan, job.key, "job", placement), ...ofRun };
  const { body: common, ...parts } = lowerContainer(plan, planned, placement, labels);
  const { Labels, HostConfig, NetworkingConfig, ...ofImage } = common;
  return {
    key: job.key,
    name,
    body: overrideBody(
      `${plan.sandbox}.jobs.${job.key}`,
      planned,
      {
        ...ofImage,
        Cmd: jobCommand({ before, script, cleanup }),
        WorkingDir: workingFolder,
        Labels,
        StopTimeout: 10,
        HostConfig: {
          ...HostConfig,
          ...(caches.length > 0 && {
            Mounts: [
              ...(HostConfig.Mounts ?? []),
              ...caches.map(({ volume, target }) => ({
                ...{ Type: "volume" as const, Source: volume, Target: target, ReadOnly: false },
              })),
            ],
          }),
          ...(userNamespaces && { SecurityOpt: [...(HostConfig.SecurityOpt ?? []), ...securityOptions()] }),
        },
        NetworkingConfig,
      },
      placement,
    ),
    ...parts,
    ...(projectFiles !== undefined && { projectFiles }),
    // As in GitLab, where every user may write the checkout.
    folders: [
      ...(projectFiles === undefined ? [] : [workingFolder]),
      ...(predefined.projectFolder ? [PROJECT_FOLDER] : []),
      ...caches.map(({ target }) => target),
    ],
    ...(variablesFile !== undefined && { variablesFile }),
    timeout,
  };
}
