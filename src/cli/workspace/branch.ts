import { execFileSync } from "node:child_process";
import path from "node:path";
import { uniqueName } from "../../model/names.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { findProject, type Place } from "./project.ts";
import type { Environment } from "./stack-plan.ts";

/** Git stores a branch as a file: longer names fail on the usual file systems, and GitLab refuses them. */
const LONGEST = 255;

/**
 * The branch that a command is about: the one that `--branch` names, else the one of the CI job, else the one
 * that is checked out.
 * @param given what `--branch` says; `true` when it names none
 * @param folder a folder of the checkout
 * @throws ConfigurationError when there is none, and for a name that no branch can have
 */
export function branchFor(given: string | true, folder: string, environment: Environment): string {
  if (given !== true) return checkedName(given, "--branch");
  // A CI job's checkout is of a commit, not of a branch.
  const ofJob = environment.CI_COMMIT_REF_NAME;
  if (ofJob) return checkedName(ofJob, "CI_COMMIT_REF_NAME");
  const checkedOut = checkedOutBranch(folder);
  if (checkedOut !== undefined) return checkedName(checkedOut, "the checked-out branch");
  throw new ConfigurationError(
    "--branch: no branch is checked out here, and CI_COMMIT_REF_NAME is not set; name the branch: --branch NAME",
  );
}

/** Where a command about a branch works: on the stack that is the branch's alone, whatever its name. */
export function placeOfBranch(start: string, given: string | true, environment: Environment): Place {
  const project = findProject(path.resolve(start));
  const branch = branchFor(given, project, environment);
  return { project, stack: uniqueName(branch), branch };
}

/** Any name that git could store is good: what is made of it is a slug and a hash. */
function checkedName(name: string, place: string): string {
  if (name === "")
    throw new ConfigurationError(`${place}: the name is empty; name the branch: --branch NAME`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: git forbids them, and they would forge lines of output
  if (/[\u0000-\u001f\u007f]/.test(name)) {
    throw new ConfigurationError(
      `${place}: ${JSON.stringify(name)} has control characters, which no branch has; correct the name`,
    );
  }
  if (Buffer.byteLength(name) > LONGEST) {
    throw new ConfigurationError(
      `${place}: "${name.slice(0, 40)}…" is longer than the ${LONGEST} bytes that a branch's name may have; shorten it`,
    );
  }
  return name;
}

function checkedOutBranch(folder: string): string | undefined {
  try {
    const words = ["symbolic-ref", "--quiet", "HEAD"];
    const ref = execFileSync("git", words, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] }).toString();
    return ref.replace(/^refs\/heads\//, "").replace(/\n$/, "");
  } catch {
    return undefined;
  }
}
