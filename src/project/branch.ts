import path from "node:path";
import type { Environment } from "../machine/environment.ts";
import { uniqueName } from "../model/names.ts";
import { ConfigurationError } from "../model/problem.ts";
import { git } from "./git.ts";
import { findProject, type StackChoice } from "./project.ts";

/** Bytes of the longest branch name. git stores a branch as a file; GitLab has the same limit. */
const MAX_BYTES = 255;

/**
 * The branch of a command: the name after `--branch`, otherwise the CI job's branch, otherwise the
 * checked-out one.
 * @param given the value of `--branch`; `true` without a name
 * @param folder a folder of the checkout
 * @throws ConfigurationError without a branch, and for an invalid name
 */
export function branchFor(given: string | true, folder: string, environment: Environment): string {
  if (given !== true) return checkedName(given, "--branch");
  // A CI job checks out a commit, not a branch.
  const jobBranch = environment.CI_COMMIT_REF_NAME;
  if (jobBranch) return checkedName(jobBranch, "CI_COMMIT_REF_NAME");
  const checkedOut = git(folder, "symbolic-ref", "--quiet", "HEAD").output.replace(/^refs\/heads\//, "");
  if (checkedOut !== "") return checkedName(checkedOut, "the checked-out branch");
  throw new ConfigurationError(
    "--branch: no branch is checked out here, and CI_COMMIT_REF_NAME is not set; " +
      "name the branch: --branch NAME",
  );
}

/** The stack of a command with `--branch`: the branch's own stack. */
export function branchChoice(start: string, given: string | true, environment: Environment): StackChoice {
  const project = findProject(path.resolve(start));
  const branch = branchFor(given, project, environment);
  return { project, stack: uniqueName(branch), branch };
}

/** Accepts every name that git can store: the stack is named after a slug and a hash of it. */
function checkedName(name: string, source: string): string {
  const wrong = (problem: string) => new ConfigurationError(`${source}: ${problem}`);
  if (name === "") throw wrong("the name is empty; name the branch: --branch NAME");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they would forge lines of output
  if (/[\u0000-\u001f\u007f]/.test(name))
    throw wrong(`${JSON.stringify(name)} contains control characters, which git forbids; correct the name`);
  if (Buffer.byteLength(name) > MAX_BYTES)
    throw wrong(`"${name.slice(0, 40)}…" exceeds ${MAX_BYTES} bytes, the limit for branch names; shorten it`);
  return name;
}
