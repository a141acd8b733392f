import { imageMatches } from "../../model/plan/privilege.ts";
import { DeclarationError } from "../../model/problem.ts";
import { type Runner, takesJobsOf } from "../../model/runner/runner.ts";

/** What a job asks of the runner that runs it. */
export interface RunnerNeeds {
  /** The images of services that must be privileged. */
  readonly privilegedServices: readonly string[];
  /** The folders that the job and its services must share. */
  readonly sharedFolders: readonly string[];
  /** Whether the job makes user namespaces. @default false */
  readonly userNamespaces?: boolean;
  /** Whether jobs of any branch must be taken, not of protected ones alone. @default false */
  readonly anyBranch?: boolean;
}

/**
 * The runner that the job names, or the first that offers what it needs: the least privileged one, when the
 * list begins with it. GitLab hands a job to whichever runner has all its tags, so each declared runner that
 * has them must do.
 * @param path the property that names a runner, for errors
 * @throws DeclarationError when the named one, or every one, lacks something, or shares its tags with one
 * that does
 */
export function chooseRunner(
  path: string,
  needs: RunnerNeeds,
  runners: readonly Runner[],
  name: string | undefined,
): Runner {
  const candidates = name === undefined ? runners : runners.filter((runner) => runner.name === name);
  const [first] = candidates;
  const names = runners.map((runner) => `"${runner.name}"`).join(", ") || "none";
  if (!first) {
    const wanted = name === undefined ? "" : `"${name}" `;
    throw problem(path, `no runner ${wanted}is declared; there is ${names}`);
  }
  const fitting = candidates.filter((runner) => lacks(runner, needs).length === 0);
  const sure = fitting.find((runner) => unfitOthers(runner, needs, runners).length === 0);
  if (sure) return sure;
  const [unsure] = fitting;
  if (unsure) throw problem(path, whyUnsure(unsure, needs, runners));
  const reasons = candidates.map((runner) => `"${runner.name}" ${lacks(runner, needs).join(" and ")}`);
  throw problem(
    path,
    `no runner offers what the job needs: ${reasons.join("; ")}. Change the job, or the runner in sandboxes/runners.ts`,
  );
}

/**
 * The runners that may get a job for this one, and cannot run it. A job that one of protected branches does
 * not take goes to the others.
 */
function unfitOthers(runner: Runner, needs: RunnerNeeds, runners: readonly Runner[]): readonly Runner[] {
  return runners.filter(
    (other) => takesJobsOf(other, runner) && lacks(other, { ...needs, anyBranch: false }).length > 0,
  );
}

function whyUnsure(runner: Runner, needs: RunnerNeeds, runners: readonly Runner[]): string {
  const reasons = unfitOthers(runner, needs, runners).map(
    (other) => `"${other.name}" ${lacks(other, { ...needs, anyBranch: false }).join(" and ")}`,
  );
  const tags =
    runner.tags.length === 0 ? "a job without tags" : `a job with the tags ${runner.tags.join(", ")}`;
  return `"${runner.name}" offers what the job needs, but GitLab gives ${tags} to others too: ${reasons.join("; ")}. Give "${runner.name}" a tag in sandboxes/runners.ts that they do not have`;
}

function lacks(
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
    ...(needs.userNamespaces && !userNamespaces ? ["lets no job make user namespaces"] : []),
    ...(needs.anyBranch && protectedOnly ? ["takes jobs of protected branches alone"] : []),
  ];
}

function problem(path: string, message: string): DeclarationError {
  return new DeclarationError([{ path, message }]);
}
