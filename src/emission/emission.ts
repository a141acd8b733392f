import { composeFile, SECCOMP_FILE } from "../compose/compose-file.ts";
import { COMPOSE } from "../compose/support.ts";
import { BRANCH, branchJobs, perBranch } from "../gitlab/jobs/branch-jobs.ts";
import { ciFile, gitlabJobs, includingFile } from "../gitlab/jobs/ci-file.ts";
import { type Loss, lossesOf } from "../losses/losses.ts";
import type { Duration } from "../model/duration.ts";
import type { Plan } from "../model/plan/plan.ts";
import { SECCOMP_PROFILE } from "../model/plan/user-namespaces.ts";
import { requireRunners } from "../model/runner/check-runners.ts";
import type { Runner } from "../model/runner/runner.ts";
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
  readonly losses: readonly Loss[];
}

/**
 * The GitLab CI file and the compose file of each sandbox, and what they do not express. A pure function: the
 * same plans give the same bytes.
 * @param plans of all profiles
 * @throws DeclarationError for what no strategy can express, or no declared runner offers, and for a
 * runner that GitLab would not take
 */
export function emission(plans: readonly Plan[], runners: readonly Runner[]): Emission {
  requireRunners(runners);
  const withMtu = runners.some(({ mtu }) => mtu !== undefined);
  const each = plans.map((plan) => emitSandbox(plan, runners, withMtu));
  return {
    files: [...each.flatMap(({ files }) => files), ...seccompFile(plans)],
    losses: each.flatMap(({ losses }) => losses),
  };
}

function seccompFile(plans: readonly Plan[]): readonly EmittedFile[] {
  const isUsed = plans.some(({ jobs }) => jobs.some(({ userNamespaces }) => userNamespaces));
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
  plans: readonly Plan[],
  runners: readonly Runner[],
  timeToLive: Duration | "never",
): readonly EmittedFile[] {
  const paths = plans.filter(({ jobs }) => jobs.length > 0).map(({ sandbox }) => ciPath(sandbox));
  const source = "sandboxes/index.ts";
  if (perBranch(plans).length === 0) return [emittedFile(ROOT_FILE, source, toYaml(includingFile(paths)))];
  const jobs = branchJobs(plans, runners, timeToLive);
  return [
    emittedFile(ROOT_FILE, source, toYaml(includingFile([...paths, ciPath(BRANCH)]))),
    emittedFile(ciPath(BRANCH), "the sandboxes that are perBranch", toYaml(jobs)),
  ];
}

function emitSandbox(plan: Plan, runners: readonly Runner[], withMtu: boolean): Emission {
  const source = `the sandbox "${plan.sandbox}"`;
  const path = composePath(plan.sandbox);
  const jobs = gitlabJobs(plan, runners, path);
  const compose = toYaml(composeFile(plan, { project: "..", withMtu }));
  return {
    files: [
      ...(jobs.length > 0 ? [emittedFile(ciPath(plan.sandbox), source, toYaml(ciFile(jobs)))] : []),
      emittedFile(path, source, compose),
    ],
    losses: [...lossesOf(COMPOSE, plan, plan), ...eachOnce(jobs.flatMap(({ losses }) => losses))],
  };
}

/** Jobs share services, and so what is lost with them. */
function eachOnce(losses: readonly Loss[]): readonly Loss[] {
  return [...new Map(losses.map((loss) => [`${loss.path} ${loss.target}`, loss])).values()];
}

function ciPath(sandbox: string): string {
  return `.gitlab/nestbox/${sandbox}.yml`;
}

function composePath(sandbox: string): string {
  return `compose/${sandbox}.yaml`;
}
