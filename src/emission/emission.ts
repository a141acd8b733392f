import { composeFile, SECCOMP_FILE } from "../compose/compose-file.ts";
import { BRANCH, branchJobs, perBranch } from "../gitlab/jobs/branch-jobs.ts";
import { ciFile, gitlabJobs, includingFile } from "../gitlab/jobs/ci-file.ts";
import type { GitLabJob } from "../gitlab/jobs/job.ts";
import { type DeclarationLoss, jobLosses, serviceLosses } from "../losses/losses.ts";
import type { Target } from "../losses/support.ts";
import { requireRunners } from "../model/check-runners.ts";
import type { Duration } from "../model/duration.ts";
import type { Runner } from "../model/runner.ts";
import type { Sandbox } from "../model/sandbox.ts";
import { SECCOMP_PROFILE } from "../model/user-namespaces.ts";
import { toYaml } from "../text/yaml.ts";
import { type EmittedFile, emittedFile, emittedJson } from "./emitted-file.ts";

/** Where GitLab looks for a project's jobs. */
export const ROOT_FILE = ".gitlab-ci.yml";

/** Where emitted files lie, and how their names end: nothing else in these folders is touched. */
export const EMITTED_PLACES = [
  { folder: ".gitlab/nestbox", extension: ".yml" },
  { folder: "compose", extension: ".yaml" },
  { folder: "compose", extension: ".json" },
] as const;

/** What declarations become as text. */
export interface Emission {
  readonly files: readonly EmittedFile[];
  readonly losses: readonly DeclarationLoss[];
}

/**
 * The GitLab CI file and the compose file of each sandbox, and what they do not express. A pure function: the
 * same declarations give the same bytes.
 * @throws DeclarationError for what no way of GitLab's can express, or no declared runner offers, and for a
 * runner that GitLab would not take
 */
export function emission(sandboxes: readonly Sandbox[], runners: readonly Runner[]): Emission {
  requireRunners(runners);
  const withMtu = runners.some(({ mtu }) => mtu !== undefined);
  const each = sandboxes.map((sandbox) => emitSandbox(sandbox, runners, withMtu));
  return {
    files: [...each.flatMap(({ files }) => files), ...seccompFile(sandboxes)],
    losses: each.flatMap(({ losses }) => losses),
  };
}

function seccompFile(sandboxes: readonly Sandbox[]): readonly EmittedFile[] {
  const isUsed = sandboxes.some(({ jobs }) =>
    Object.values(jobs).some(({ userNamespaces }) => userNamespaces),
  );
  if (!isUsed) return [];
  return [emittedJson(`compose/${SECCOMP_FILE}`, "jobs with userNamespaces", SECCOMP_PROFILE)];
}

/**
 * The files of all sandboxes together: the one by which GitLab finds their jobs, and the jobs that keep a
 * stack for each branch, if any sandbox wants that.
 * @param timeToLive how long a branch's stack lives after its last use
 * @throws DeclarationError for sandboxes that do not agree about the jobs of branches
 */
export function projectFiles(
  sandboxes: readonly Sandbox[],
  runners: readonly Runner[],
  timeToLive: Duration | "never",
): readonly EmittedFile[] {
  const paths = sandboxes.filter(({ jobs }) => Object.keys(jobs).length > 0).map(({ name }) => ciPath(name));
  const source = "sandboxes/index.ts";
  if (perBranch(sandboxes).length === 0)
    return [emittedFile(ROOT_FILE, source, toYaml(includingFile(paths)))];
  const jobs = branchJobs(sandboxes, runners, timeToLive);
  return [
    emittedFile(ROOT_FILE, source, toYaml(includingFile([...paths, ciPath(BRANCH)]))),
    emittedFile(ciPath(BRANCH), "the sandboxes that are perBranch", toYaml(jobs)),
  ];
}

function emitSandbox(sandbox: Sandbox, runners: readonly Runner[], withMtu: boolean): Emission {
  const source = `the sandbox "${sandbox.name}"`;
  const jobs = gitlabJobs(sandbox, runners, composePath(sandbox.name));
  const compose = toYaml(composeFile(sandbox, { project: "..", withMtu }));
  return {
    files: [
      ...(jobs.length > 0 ? [emittedFile(ciPath(sandbox.name), source, toYaml(ciFile(jobs)))] : []),
      emittedFile(composePath(sandbox.name), source, compose),
    ],
    losses: [
      ...serviceLosses(sandbox, Object.entries(sandbox.services), "compose"),
      ...Object.entries(sandbox.jobs).flatMap(([key, job]) => jobLosses(sandbox, key, job, "compose")),
      ...eachOnce(jobs.flatMap((job) => gitlabLosses(sandbox, job))),
    ],
  };
}

function gitlabLosses(sandbox: Sandbox, { key, way, services }: GitLabJob): readonly DeclarationLoss[] {
  const target: Target = way === "compose" ? "gitlab compose" : "gitlab services";
  const job = sandbox.jobs[key];
  return [...serviceLosses(sandbox, services, target), ...(job ? jobLosses(sandbox, key, job, target) : [])];
}

/** Jobs share services, and so what is lost with them. */
function eachOnce(losses: readonly DeclarationLoss[]): readonly DeclarationLoss[] {
  return [...new Map(losses.map((loss) => [`${loss.path} ${loss.target}`, loss])).values()];
}

function ciPath(sandbox: string): string {
  return `.gitlab/nestbox/${sandbox}.yml`;
}

function composePath(sandbox: string): string {
  return `compose/${sandbox}.yaml`;
}
