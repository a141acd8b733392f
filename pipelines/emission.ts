import { requireRunners } from "../sandboxes/model/check-runners.ts";
import type { Runner } from "../sandboxes/model/runner.ts";
import type { Sandbox } from "../sandboxes/model/sandbox.ts";
import { composeFile } from "./compose/compose-file.ts";
import { type EmittedFile, emittedFile } from "./emitted-file.ts";
import { ciFile, gitlabJobs, includingFile } from "./gitlab/ci-file.ts";
import type { GitLabJob } from "./gitlab/job.ts";
import { type DeclarationLoss, jobLosses, serviceLosses } from "./losses.ts";
import type { Target } from "./support.ts";
import { toYaml } from "./yaml.ts";

/** Where GitLab looks for a project's jobs. */
export const ROOT_FILE = ".gitlab-ci.yml";

/** Where emitted files lie, and how their names end: nothing else in these folders is touched. */
export const EMITTED_PLACES = [
  { folder: ".gitlab/nestbox", extension: ".yml" },
  { folder: "compose", extension: ".yaml" },
] as const;

/** What declarations become as text. */
export interface Emission {
  readonly files: readonly EmittedFile[];
  readonly losses: readonly DeclarationLoss[];
}

/**
 * The GitLab CI file and the compose file of each sandbox, and what they do not express. A pure function: the same declarations give the same bytes.
 * @throws DeclarationError for what no way of GitLab's can express, or no declared runner offers, and for a runner that GitLab would not take
 */
export function emission(sandboxes: readonly Sandbox[], runners: readonly Runner[]): Emission {
  requireRunners(runners);
  const withMtu = runners.some(({ mtu }) => mtu !== undefined);
  const each = sandboxes.map((sandbox) => emitSandbox(sandbox, runners, withMtu));
  return { files: each.flatMap(({ files }) => files), losses: each.flatMap(({ losses }) => losses) };
}

/** The file by which GitLab finds the jobs of all sandboxes. */
export function rootFile(sandboxes: readonly Sandbox[]): EmittedFile {
  const withJobs = sandboxes.filter(({ jobs }) => Object.keys(jobs).length > 0);
  const body = toYaml(includingFile(withJobs.map(({ name }) => ciPath(name))));
  return emittedFile(ROOT_FILE, "sandboxes/index.ts", body);
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
