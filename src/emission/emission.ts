import { composeFile, SECCOMP_FILE } from "../compose/compose-file.ts";
import { COMPOSE } from "../compose/compose-support.ts";
import { BRANCH, branchJobs, perBranch } from "../gitlab/jobs/branch-jobs.ts";
import { ciFile, includingFile } from "../gitlab/jobs/ci-file.ts";
import { gitlabJob } from "../gitlab/jobs/gitlab-job.ts";
import { type Loss, lossesOf } from "../losses/losses.ts";
import type { Duration } from "../model/duration.ts";
import type { Plan } from "../model/plan/plan.ts";
import { SECCOMP_PROFILE } from "../model/plan/seccomp-profile.ts";
import { requireRunners } from "../model/runner/check-runners.ts";
import type { Runner } from "../model/runner/runner.ts";
import { toYaml } from "../text/yaml.ts";
import { type EmittedFile, emittedFile, emittedJson } from "./emitted-file.ts";

/** The file in which GitLab looks for a project's jobs. */
export const ROOT_FILE = ".gitlab-ci.yml";

/** The folders and name extensions of emitted files. Emit touches no other file in these folders. */
export const EMITTED_FOLDERS = [
  { folder: ".gitlab/nestbox", extension: ".yml" },
  { folder: "compose", extension: ".yaml" },
  { folder: "compose", extension: ".json" },
] as const;

/** The declarations that emitted files derive from. */
export interface EmitDeclarations {
  /** The plans of all sandboxes, with all profiles active. */
  readonly plans: readonly Plan[];
  /** The file of the sandboxes, from the project's folder. */
  readonly declaredIn: string;
  readonly runners: readonly Runner[];
  /** The time to live of each branch's stack after its last use. Unused without a `perBranch` sandbox. */
  readonly timeToLive: Duration | "never";
  /** The project's folder in its repository, with a slash at its end: `services/api/`. @default the root */
  readonly folder?: string;
}

/** The emitted files of sandboxes and their losses. */
export interface Emission {
  readonly files: readonly EmittedFile[];
  readonly losses: readonly Loss[];
}

/**
 * The GitLab CI file and the compose file of each sandbox, with their losses. Pure: the same plans give the
 * same bytes.
 * @param plans with all profiles active
 * @param folder the project's folder in its repository, with a slash at its end. @default the root
 * @throws DeclarationError for a property that no strategy can express, a job without a suitable runner, and
 * a runner that GitLab would refuse
 */
export function emission(plans: readonly Plan[], runners: readonly Runner[], folder = ""): Emission {
  requireRunners(runners);
  const withMtu = runners.some(({ mtu }) => mtu !== undefined);
  const emissions = plans.map((plan) => emitSandbox(plan, runners, withMtu, folder));
  const usesSeccomp = plans.some(({ jobs }) => jobs.some(({ userNamespaces }) => userNamespaces));
  const seccomp = emittedJson(`compose/${SECCOMP_FILE}`, "jobs with userNamespaces", SECCOMP_PROFILE);
  return {
    files: [...emissions.flatMap(({ files }) => files), ...(usesSeccomp ? [seccomp] : [])],
    losses: emissions.flatMap(({ losses }) => losses),
  };
}

/**
 * The files that all sandboxes share: the file that includes their jobs, and the jobs for the stacks of
 * branches if a sandbox is `perBranch`.
 * @throws DeclarationError for sandboxes with different settings for the jobs of branches
 */
export function projectFiles({
  plans,
  declaredIn: source,
  runners,
  timeToLive,
  folder = "",
}: EmitDeclarations): readonly EmittedFile[] {
  const paths = plans.filter(({ jobs }) => jobs.length > 0).map(({ sandbox }) => ciPath(sandbox));
  // GitLab resolves them from the root of the repository, also in an included file.
  const including = (files: readonly string[]) =>
    emittedFile(ROOT_FILE, source, toYaml(includingFile(files.map((file) => `${folder}${file}`))));
  if (perBranch(plans).length === 0) return [including(paths)];
  const jobs = branchJobs(plans, runners, timeToLive, folder);
  return [
    including([...paths, ciPath(BRANCH)]),
    emittedFile(ciPath(BRANCH), "the sandboxes that are perBranch", toYaml(jobs)),
  ];
}

function emitSandbox(plan: Plan, runners: readonly Runner[], withMtu: boolean, folder: string): Emission {
  const source = `the sandbox "${plan.sandbox}"`;
  const path = composePath(plan.sandbox);
  const jobs = plan.jobs.map((job) => gitlabJob(plan, job, runners, path, folder));
  const compose = toYaml(composeFile(plan, { project: "..", withMtu }));
  return {
    files: [
      ...(jobs.length > 0 ? [emittedFile(ciPath(plan.sandbox), source, toYaml(ciFile(jobs)))] : []),
      emittedFile(path, source, compose),
    ],
    losses: [...lossesOf(COMPOSE, plan, plan), ...unique(jobs.flatMap(({ losses }) => losses))],
  };
}

/** Jobs that share a service repeat its losses. */
function unique(losses: readonly Loss[]): readonly Loss[] {
  return [...new Map(losses.map((loss) => [`${loss.path} ${loss.target}`, loss])).values()];
}

function ciPath(sandbox: string): string {
  return `.gitlab/nestbox/${sandbox}.yml`;
}

/** The path of a sandbox's compose file, from the project's folder. */
export function composePath(sandbox: string): string {
  return `compose/${sandbox}.yaml`;
}
