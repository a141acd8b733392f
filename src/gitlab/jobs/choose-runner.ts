import { imageMatches } from "../../model/plan/privilege.ts";
import { DeclarationError } from "../../model/problem.ts";
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
}

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
  needs: RunnerNeeds,
  runners: readonly Runner[],
  name: string | undefined,
): Runner {
  const candidates = name === undefined ? runners : runners.filter((runner) => runner.name === name);
  if (candidates.length === 0) {
    if (name === undefined) return UNDECLARED;
    const names = runners.map((runner) => `"${runner.name}"`).join(" or ");
    const remedy = names === "" ? "declare it, or leave out the name" : `use ${names}`;
    throw problem(path, `no runner "${name}" is declared; ${remedy}`);
  }
  const suitable = candidates.filter((runner) => unmetNeeds(runner, needs).length === 0);
  const safe = suitable.find((runner) => unsuitableOthers(runner, needs, runners).length === 0);
  if (safe) return safe;
  const [ambiguous] = suitable;
  if (ambiguous) throw problem(path, describeAmbiguity(ambiguous, needs, runners));
  const reasons = candidates.map((runner) => `"${runner.name}" ${unmetNeeds(runner, needs).join(" and ")}`);
  throw problem(
    path,
    `no runner meets the job's needs (${reasons.join(", ")}); change the job or a declared runner`,
  );
}

/** Any runner of GitLab that takes untagged jobs. */
const UNDECLARED: Runner = { name: "undeclared", tags: [], runUntagged: true };

/**
 * The other runners that may get a job for this runner but do not meet its needs. A runner for protected
 * branches is suitable: GitLab gives it no jobs of other branches.
 */
function unsuitableOthers(runner: Runner, needs: RunnerNeeds, runners: readonly Runner[]): readonly Runner[] {
  return runners.filter(
    (other) => takesJobsOf(other, runner) && unmetNeeds(other, { ...needs, anyBranch: false }).length > 0,
  );
}

function describeAmbiguity(runner: Runner, needs: RunnerNeeds, runners: readonly Runner[]): string {
  const reasons = unsuitableOthers(runner, needs, runners).map(
    (other) => `"${other.name}" ${unmetNeeds(other, { ...needs, anyBranch: false }).join(" and ")}`,
  );
  const tags =
    runner.tags.length === 0 ? "a job without tags" : `a job with the tags ${runner.tags.join(", ")}`;
  return (
    `"${runner.name}" meets the job's needs, but GitLab may give ${tags} to other runners ` +
    `(${reasons.join(", ")}); give "${runner.name}" its own tag`
  );
}

/** The unmet needs, as verb phrases. */
function unmetNeeds(
  { privilegedServices = [], sharedFolders = [], userNamespaces = false, protectedOnly = false }: Runner,
  needs: RunnerNeeds,
): readonly string[] {
  const refused = needs.privilegedServices.filter(
    (image) => !privilegedServices.some((pattern) => imageMatches(pattern, image)),
  );
  const missing = needs.sharedFolders.filter((folder) => !sharedFolders.includes(folder));
  return [
    ...refused.map((image) => `does not run ${image} privileged`),
    ...missing.map((folder) => `does not share ${folder} between a job and its services`),
    ...(needs.userNamespaces && !userNamespaces ? ["does not allow user namespaces"] : []),
    ...(needs.anyBranch && protectedOnly ? ["runs only jobs of protected branches"] : []),
  ];
}

function problem(path: string, message: string): DeclarationError {
  return new DeclarationError([{ path, message }]);
}
