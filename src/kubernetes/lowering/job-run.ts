import { posix } from "node:path";
import type { Duration } from "../../model/duration.ts";
import { imageVariable, unsetImageName } from "../../model/image-variable.ts";
import { uniqueName } from "../../model/names.ts";
import { nothingLeft } from "../../model/nothing-left.ts";
import { isActive } from "../../model/plan/active.ts";
import { jobCommand } from "../../model/plan/job-script.ts";
import type { Plan, PlannedJob, PlannedJobPart } from "../../model/plan/plan.ts";
import { PROJECT_FOLDER, PROJECT_FOLDER_VARIABLE } from "../../model/plan/predefined-variables.ts";
import { privilegeProblems } from "../../model/plan/privilege.ts";
import { requireNone } from "../../model/problem.ts";
import type { JobRunDetails } from "../../sandbox/job-run.ts";
import { KUBERNETES } from "../kubernetes-support.ts";
import { artifactContainers, COPIED_WITHIN_SECONDS, hasOwnVolume } from "./artifact-containers.ts";
import { helperContainer } from "./helper-container.ts";
import type { KubernetesPlacement } from "./kubernetes-placement.ts";
import type { ConfigMapManifest, JobManifest, PodContainer } from "./manifest.ts";
import { objectLabels } from "./object-labels.ts";
import { wholeSeconds } from "./pod-probes.ts";
import { levelProblems } from "./pod-security-level.ts";
import { podTemplate } from "./pod-template.ts";
import { publishedImage } from "./published-images.ts";
import { nameIn } from "./sandbox-scope.ts";
import { waitingContainers } from "./start-conditions.ts";

/** A job in a namespace. */
export interface KubernetesJob {
  /** The one with its files. None without files. */
  readonly configMaps: readonly ConfigMapManifest[];
  readonly job: JobManifest;
  /**
   * The folder of the project that the init container `project-files` waits for:
   * `sh -c 'umask 0 && tar -xof - && touch /tmp/complete'` in it takes an archive on its standard input.
   */
  readonly projectFiles?: string;
  /** The file with variables. Its content is the termination message of the pod. */
  readonly variablesFile?: string;
  /** Where a run's artifacts are once the job has ended. Absent without artifacts, and in a file. */
  readonly artifacts?: {
    /** The working folder, in the container `artifacts` too. */
    readonly folder: string;
    /** The job's time. The Job itself has more, in which the client copies them. */
    readonly timeout: Duration;
  };
}

/** The names of a job's own container, and of the one that waits for the project's files. */
export const JOB_CONTAINER = "job";
export const PROJECT_FILES_CONTAINER = "project-files";

/** The seconds from SIGTERM to SIGKILL for a job that is removed. */
const GRACE_SECONDS = 5;

/**
 * Lowers a job to a Kubernetes Job.
 * @param run in a sandbox whose services are ready; absent in a file: there each creation is a run with a
 *   name of its own, which waits for services
 */
export function lowerJobToKubernetes(
  plan: Plan,
  planned: PlannedJob,
  placement: KubernetesPlacement,
  run?: JobRunDetails,
): KubernetesJob {
  const placed = { plan, placement };
  const named = ofRun(planned, run);
  const { key } = named;
  const path = `${plan.sandbox}.jobs.${key}`;
  requireNone(privilegeProblems(path, named, placement.privilegedImages));
  const job = { ...named, image: publishedImage(named.image, placement) };
  const {
    before,
    script,
    cleanup,
    workingFolder,
    projectFiles,
    variablesFile,
    artifacts: declaredArtifacts,
    timeout,
    ...others
  }: PlannedJobPart = job;
  const { predefined, userNamespaces, needs: _needs, workingFolderIsFree, ...rest } = others;
  nothingLeft(rest, KUBERNETES.exceptions.job);
  const labels = { ...objectLabels(placed, key, "job"), ...run?.labels };
  const name = run && jobName(key, run.id);
  const artifacts = run && declaredArtifacts && { folder: workingFolder, timeout };
  const project =
    projectFiles !== undefined || (artifacts && !hasOwnVolume(job))
      ? { name: PROJECT, mountPath: workingFolder }
      : undefined;
  const hasImageFiles = !workingFolderIsFree && projectFiles === undefined;
  // A run has the plan of its sandbox's profiles; a file has that of all profiles.
  const services = run ? plan.services : plan.services.filter((service) => isActive(service, job.profiles));
  const { template, configMaps } = podTemplate(placed, job, {
    path,
    labels,
    filesName: name ?? `${key}-files`,
    userNamespaces,
    command: jobCommand({ before, script, cleanup }),
    pod: {
      terminationGracePeriodSeconds: GRACE_SECONDS,
      restartPolicy: "Never",
      // The pause process becomes process 1, which reaps orphaned processes.
      shareProcessNamespace: job.init,
    },
    containerName: JOB_CONTAINER,
    container: {
      workingDir: workingFolder,
      ...(variablesFile !== undefined && {
        terminationMessagePath: posix.join(PROJECT_FOLDER, variablesFile),
      }),
    },
    folders: [
      ...(project === undefined ? [] : [project]),
      ...(predefined.projectFolder ? [{ name: "results", mountPath: PROJECT_FOLDER }] : []),
    ],
    initContainers: [
      ...waitingContainers(placed, job, services, run !== undefined),
      ...(projectFiles === undefined ? [] : [projectFilesContainer(placement, job)]),
    ],
    ...(artifacts && {
      helpers: (own) => artifactContainers({ ...job, volume: project, hasImageFiles }, placement, own),
    }),
  });
  requireNone(levelProblems(path, template, placement.pods));
  return {
    configMaps,
    job: {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        ...(name === undefined
          ? { generateName: `${nameIn(placement, key)}-` }
          : { name: nameIn(placement, name) }),
        namespace: placement.namespace,
        labels,
      },
      spec: {
        backoffLimit: 0,
        activeDeadlineSeconds: wholeSeconds(timeout) + (artifacts ? COPIED_WITHIN_SECONDS : 0),
        template,
      },
    },
    ...(projectFiles !== undefined && { projectFiles }),
    ...(variablesFile !== undefined && { variablesFile }),
    ...(artifacts && { artifacts }),
  };
}

function ofRun(
  job: PlannedJob,
  { image = imageOf(job), variables = {} }: Partial<JobRunDetails> = {},
): PlannedJob {
  const { projectFolder } = job.predefined;
  const folder = projectFolder && { [PROJECT_FOLDER_VARIABLE]: PROJECT_FOLDER };
  return { ...job, image, env: { ...folder, ...job.env, ...variables } };
}

function imageOf({ image }: PlannedJob): string {
  const variable = imageVariable(image);
  return variable === undefined ? image : unsetImageName(variable);
}

/** The name of a Job ends up in a label of its pods, which has at most 63 characters. */
function jobName(key: string, id: string): string {
  const name = `${key}-${id}`;
  return name.length <= 63 ? name : `${uniqueName(key)}-${id}`;
}

const PROJECT = "project";

/** A cluster does not see the project's folder, so a client copies it into this container. */
function projectFilesContainer(placement: KubernetesPlacement, job: Pick<PlannedJob, "user">): PodContainer {
  const script = "until [ -e /tmp/complete ]; do sleep 0.1; done";
  return {
    ...helperContainer(PROJECT_FILES_CONTAINER, script, placement, job),
    workingDir: "/project",
    volumeMounts: [{ name: PROJECT, mountPath: "/project" }],
  };
}
