import { posix } from "node:path";
import type { Duration } from "../../model/duration.ts";
import { imageVariable, unsetImageName } from "../../model/image-variable.ts";
import { uniqueName } from "../../model/names.ts";
import { isActive } from "../../model/plan/active.ts";
import { jobCommand } from "../../model/plan/job-script.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { PROJECT_FOLDER, PROJECT_FOLDER_VARIABLE } from "../../model/plan/predefined-variables.ts";
import type { JobRunDetails } from "../../running/job-run.ts";
import { helperContainer } from "./helper-container.ts";
import type { KubernetesPlacement } from "./kubernetes-placement.ts";
import type { ConfigMapManifest, JobManifest, PodContainer, PodMount } from "./manifest.ts";
import { objectLabels, objectMetadata } from "./object-labels.ts";
import { podFiles } from "./pod-files.ts";
import { wholeSeconds } from "./pod-probes.ts";
import { podTemplate } from "./pod-template.ts";
import { waitingContainer } from "./start-conditions.ts";

/** A job in a namespace. */
export interface KubernetesJob {
  readonly key: string;
  readonly configMap?: ConfigMapManifest;
  readonly job: JobManifest;
  /**
   * The folder of the project that the init container `project-files` waits for:
   * `sh -c 'tar -xof - && touch /tmp/complete'` in it takes an archive on its standard input.
   */
  readonly projectFiles?: string;
  /** The file with variables. Its content is the termination message of the pod. */
  readonly variablesFile?: string;
  readonly timeout: Duration;
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
  const job = ofRun(planned, run);
  const labels = { ...objectLabels(plan, job.key, "job", placement), ...run?.labels };
  const name = run && jobName(job.key, run.id);
  const files = podFiles(
    plan,
    job,
    placement,
    objectMetadata(placement, name === undefined ? `${job.key}-files` : name, labels),
  );
  // A run has the plan of its sandbox's profiles; a file has that of all profiles.
  const services = run ? plan.services : plan.services.filter((service) => isActive(service, job.profiles));
  const wait = waitingContainer(plan, job, services, placement, run !== undefined);
  const template = podTemplate(plan, job, placement, {
    labels,
    files,
    command: jobCommand(job),
    pod: {
      terminationGracePeriodSeconds: GRACE_SECONDS,
      restartPolicy: "Never",
      // The pause process becomes process 1, which reaps orphaned processes.
      shareProcessNamespace: job.init,
    },
    containerName: JOB_CONTAINER,
    container: {
      workingDir: job.workingFolder,
      ...(job.variablesFile !== undefined && {
        terminationMessagePath: posix.join(PROJECT_FOLDER, job.variablesFile),
      }),
    },
    folders: emptyFolders(job),
    initContainers: [
      ...(wait ? [wait] : []),
      ...(job.projectFiles === undefined ? [] : [projectFilesContainer(placement)]),
    ],
  });
  const { name: _, ...metadata } = objectMetadata(placement, job.key, labels);
  return {
    key: job.key,
    ...(files.configMap && { configMap: files.configMap }),
    job: {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { ...(name === undefined ? { generateName: `${job.key}-` } : { name }), ...metadata },
      spec: { backoffLimit: 0, activeDeadlineSeconds: wholeSeconds(job.timeout), template },
    },
    ...(job.projectFiles !== undefined && { projectFiles: job.projectFiles }),
    ...(job.variablesFile !== undefined && { variablesFile: job.variablesFile }),
    timeout: job.timeout,
  };
}

function ofRun(
  job: PlannedJob,
  { image = imageOf(job), variables = {} }: Partial<JobRunDetails> = {},
): PlannedJob {
  const { projectFolder } = job.predefined;
  const env = {
    ...(projectFolder && { [PROJECT_FOLDER_VARIABLE]: PROJECT_FOLDER }),
    ...job.env,
    ...variables,
  };
  return { ...job, image, env };
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

function emptyFolders({ projectFiles, workingFolder, predefined }: PlannedJob): readonly PodMount[] {
  return [
    ...(projectFiles === undefined ? [] : [{ name: PROJECT, mountPath: workingFolder, readOnly: true }]),
    ...(predefined.projectFolder ? [{ name: "results", mountPath: PROJECT_FOLDER }] : []),
  ];
}

/** A cluster does not see the project's folder, so a client copies it into this container. */
function projectFilesContainer(placement: KubernetesPlacement): PodContainer {
  return {
    ...helperContainer(PROJECT_FILES_CONTAINER, "until [ -e /tmp/complete ]; do sleep 0.1; done", placement),
    workingDir: "/project",
    volumeMounts: [{ name: PROJECT, mountPath: "/project" }],
  };
}
