import { imageMatches } from "../../model/plan/privilege.ts";
import { DeclarationError } from "../../model/problem.ts";
import type { Executor } from "../../model/runner/executor-shape.ts";
import { type Runner, takesJobsOf } from "../../model/runner/runner.ts";

/** The requirements of a job for its runner. */
export interface RunnerNeeds {
  /** The images of services that must be privileged. */
  readonly privilegedServices: readonly string[];
  /** The folders that the job and its services must share. */
  readonly sharedFolders: readonly string[];
  /** Whether the job creates user namespaces. @default false */
  readonly userNamespaces?: boolean;
  /** Whether the runner must run jobs of every branch, not only of protected ones. @default false */
  readonly anyBranch?: boolean;
  /** The executor that the job is written for. @default any */
  readonly executor?: Executor;
  /** Whether services have an entrypoint or a command of their own. @default false */
  readonly commands?: boolean;
  /** The namespace of the sandboxes that the job starts in the runner's cluster. @default it starts none */
  readonly sandboxes?: string;
}

/** The needs of a job on a runner: a job is written for the executor of its runner. */
export type NeedsOn = (runner: Runner) => RunnerNeeds;

/**
 * The runner of a job: the named one, or the first declared one that meets the job's needs. GitLab assigns a
 * job to any runner with its tags, so all declared runners with these tags must meet its needs. A project
 * that declares no runner uses those of its GitLab: its jobs have no tags, and their needs are not checked.
 * @param path the property that names a runner, for errors
 * @param name the runner that the job names
 * @throws DeclarationError if no runner, or not the named one, meets the needs
 */
export function chooseRunner(
  path: string,
  needsOn: NeedsOn,
  runners: readonly Runner[],
  name: string | undefined,
): Runner {
  const found = suitableRunner(needsOn, runners, name);
  if (found !== undefined) return found;
  const candidates = runnersNamed(name, runners);
  const refused = (message: string) => new DeclarationError([{ path, message }]);
  const [ambiguous] = candidates.filter((runner) => isSuitable(runner, needsOn(runner)));
  if (ambiguous)
    throw refused(describeAmbiguity(ambiguous, unsuitableOthers(ambiguous, needsOn(ambiguous), runners)));
  if (candidates.length > 0) {
    const reasons = candidates.flatMap((runner) => unsuitable([runner], needsOn(runner))).join(", ");
    throw refused(`no runner meets the job's needs (${reasons}); change the job or a declared runner`);
  }
  const names = runners.map((runner) => `"${runner.name}"`).join(" or ");
  const remedy = names === "" ? "declare it, or leave out the name" : `use ${names}`;
  throw refused(`no runner "${name}" is declared; ${remedy}`);
}

/** As {@link chooseRunner}; undefined if no runner, or not the named one, meets the needs. */
export function suitableRunner(
  needsOn: NeedsOn,
  runners: readonly Runner[],
  name: string | undefined,
): Runner | undefined {
  if (name === undefined && runners.length === 0) return UNDECLARED;
  return runnersNamed(name, runners).find(
    (runner) =>
      isSuitable(runner, needsOn(runner)) && unsuitableOthers(runner, needsOn(runner), runners).length === 0,
  );
}

function runnersNamed(name: string | undefined, runners: readonly Runner[]): readonly Runner[] {
  return runners.filter((runner) => name === undefined || runner.name === name);
}

function isSuitable(runner: Runner, needs: RunnerNeeds): boolean {
  return unmetNeeds(runner, needs).length === 0;
}

/** The runners that GitLab may give a runner's job to, and that do not meet its needs. */
function unsuitableOthers(runner: Runner, needs: RunnerNeeds, runners: readonly Runner[]): readonly string[] {
  const others = runners.filter((other) => takesJobsOf(other, runner));
  // GitLab gives a runner for protected branches no jobs of other branches.
  return unsuitable(others, { ...needs, anyBranch: false });
}

/** Any runner of GitLab that takes untagged jobs. */
const UNDECLARED: Runner = { name: "undeclared", tags: [], runUntagged: true };

function describeAmbiguity({ name, tags }: Runner, others: readonly string[]): string {
  const job = tags.length === 0 ? "a job without tags" : `a job with the tags ${tags.join(", ")}`;
  return (
    `"${name}" meets the job's needs, but GitLab may give ${job} to other runners (${others.join(", ")}); ` +
    `give "${name}" its own tag`
  );
}

/** The runners that do not meet the needs, each with the reasons. */
function unsuitable(runners: readonly Runner[], needs: RunnerNeeds): readonly string[] {
  return runners.flatMap((runner) => {
    const unmet = unmetNeeds(runner, needs);
    return unmet.length === 0 ? [] : [`"${runner.name}" ${unmet.join(" and ")}`];
  });
}

/** The unmet needs, as verb phrases. */
function unmetNeeds(runner: Runner, needs: RunnerNeeds): readonly string[] {
  const {
    privilegedServices = [],
    sharedFolders = [],
    userNamespaces = false,
    protectedOnly = false,
  } = runner;
  const { executor = "docker", sandboxes, featureFlags = {} } = runner;
  if (needs.executor !== undefined && needs.executor !== executor) return [`has the executor ${executor}`];
  const refused = needs.privilegedServices.filter(
    (image) => !privilegedServices.some((pattern) => imageMatches(pattern, image)),
  );
  const missing = needs.sharedFolders.filter((folder) => !sharedFolders.includes(folder));
  const leavesCommands = featureFlags.FF_KUBERNETES_HONOR_ENTRYPOINT === true;
  const startsThem = needs.sandboxes === undefined || sandboxes?.namespace === needs.sandboxes;
  return [
    ...refused.map((image) => `does not run ${image} privileged`),
    ...missing.map((folder) => `does not share ${folder} between a job and its services`),
    ...(needs.userNamespaces && !userNamespaces ? ["does not allow user namespaces"] : []),
    ...(needs.anyBranch && protectedOnly ? ["runs only jobs of protected branches"] : []),
    ...(needs.commands && leavesCommands
      ? ["ignores the commands of services by FF_KUBERNETES_HONOR_ENTRYPOINT"]
      : []),
    ...(startsThem ? [] : [`starts no sandboxes in ${needs.sandboxes || "its cluster"}`]),
  ];
}
