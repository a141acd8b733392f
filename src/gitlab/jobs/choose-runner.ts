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
  if (name === undefined && runners.length === 0) return UNDECLARED;
  const candidates = runners.filter((runner) => name === undefined || runner.name === name);
  const suitable = candidates.filter((runner) => unmetNeeds(runner, needs).length === 0);
  // GitLab gives a runner for protected branches no jobs of other branches.
  const unsuitableOthers = (runner: Runner) => {
    const others = runners.filter((other) => takesJobsOf(other, runner));
    return unsuitable(others, { ...needs, anyBranch: false });
  };
  const safe = suitable.find((runner) => unsuitableOthers(runner).length === 0);
  if (safe) return safe;
  const refused = (message: string) => new DeclarationError([{ path, message }]);
  const [ambiguous] = suitable;
  if (ambiguous) throw refused(describeAmbiguity(ambiguous, unsuitableOthers(ambiguous)));
  if (candidates.length > 0) {
    const reasons = unsuitable(candidates, needs).join(", ");
    throw refused(`no runner meets the job's needs (${reasons}); change the job or a declared runner`);
  }
  const names = runners.map((runner) => `"${runner.name}"`).join(" or ");
  const remedy = names === "" ? "declare it, or leave out the name" : `use ${names}`;
  throw refused(`no runner "${name}" is declared; ${remedy}`);
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
