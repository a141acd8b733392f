import { composePath } from "../../compose/compose-emission.ts";
import type { Loss } from "../../losses/losses.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { Emission, EmitRequest } from "../../sandbox/target.ts";
import { type EmittedFile, emittedFile } from "../../text/emitted-file.ts";
import { toYaml } from "../../text/yaml.ts";
import { BRANCH, branchJobs, perBranch } from "./branch-jobs.ts";
import { ciFile, includingFile } from "./ci-file.ts";
import { gitlabJob } from "./gitlab-job.ts";
import { imageJob } from "./image-job.ts";

/** The file in which GitLab looks for a project's jobs. It is emitted only for sandboxes with jobs. */
export const ROOT_FILE = ".gitlab-ci.yml";

/** The files with the jobs of sandboxes. */
export const JOB_FILES = { folder: ".gitlab/nestbox", extension: ".yml" } as const;

/**
 * The GitLab CI file of each sandbox with jobs and, for all of a project, the file that includes them. With
 * the losses. Pure.
 * @throws DeclarationError for a property that no strategy can express, a job without a suitable runner, and
 * sandboxes with different settings for the jobs of branches
 */
export function gitlabEmission(request: EmitRequest): Emission {
  const emissions = request.plans.map((plan) => sandboxEmission(plan, request));
  return {
    files: [...(request.isWhole ? sharedFiles(request) : []), ...emissions.flatMap(({ files }) => files)],
    losses: emissions.flatMap(({ losses }) => losses),
  };
}

function sandboxEmission(plan: Plan, { runners, folder }: EmitRequest): Emission {
  const { sandbox } = plan;
  const own = plan.jobs.map((job) => gitlabJob(plan, job, runners, composePath(sandbox), folder));
  const images = own.flatMap((job) => job.images);
  const users = (name: string) =>
    plan.jobs.filter((_, index) => own[index]?.images.some((one) => one.name === name));
  const pushed = new Map(
    images.map((image) => [image.name, imageJob(plan, image, users(image.name), runners, folder)]),
  );
  const jobs = [...pushed.values(), ...own];
  const file = () => emittedFile(ciPath(sandbox), `the sandbox "${sandbox}"`, toYaml(ciFile(jobs)));
  return {
    files: jobs.length > 0 ? [file()] : [],
    losses: unique(jobs.flatMap(({ losses }) => losses.filter(({ byDefault }) => !byDefault))),
  };
}

/**
 * The files that all sandboxes share, if there are jobs: the file that includes their jobs, and the jobs for
 * the stacks of branches if a sandbox is `perBranch`.
 */
function sharedFiles({
  plans,
  declaredIn: source,
  runners,
  timeToLive,
  folder,
}: EmitRequest): readonly EmittedFile[] {
  const paths = plans.filter(({ jobs }) => jobs.length > 0).map(({ sandbox }) => ciPath(sandbox));
  // GitLab resolves them from the root of the repository, also in an included file.
  const including = (files: readonly string[]) => ({
    ...emittedFile(ROOT_FILE, source, toYaml(includingFile(files.map((file) => `${folder}${file}`)))),
    takesEffect: "GitLab runs the jobs that it includes",
  });
  if (perBranch(plans).length === 0) return paths.length === 0 ? [] : [including(paths)];
  const jobs = branchJobs(plans, runners, timeToLive, folder);
  return [
    including([...paths, ciPath(BRANCH)]),
    emittedFile(ciPath(BRANCH), "the sandboxes that are perBranch", toYaml(jobs)),
  ];
}

/** Jobs that share a service repeat its losses. */
function unique(losses: readonly Loss[]): readonly Loss[] {
  return [...new Map(losses.map((loss) => [`${loss.path} ${loss.target}`, loss])).values()];
}

function ciPath(sandbox: string): string {
  return `${JOB_FILES.folder}/${sandbox}${JOB_FILES.extension}`;
}
