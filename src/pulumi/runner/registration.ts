import type * as pulumi from "@pulumi/pulumi";
import { rotationNote, type TokenTerm } from "../../gitlab/runner/token-rotation.ts";
import { milliseconds } from "../../model/duration.ts";
import type { Runner } from "../../model/runner.ts";
import type { UserRunnerArgs } from "../gitlab/user-runner.ts";

/** Whose jobs runners take. */
export type RunnerScope =
  | { readonly project: pulumi.Input<number> }
  | { readonly group: pulumi.Input<number> }
  | "instance";

/**
 * A declared runner as GitLab keeps it. Another term of its token is another note, for which the runner is to
 * be replaced.
 */
export function registration(
  runner: Runner,
  scope: RunnerScope,
  term: TokenTerm | undefined,
): UserRunnerArgs {
  const {
    name,
    tags,
    runUntagged = false,
    protectedOnly = false,
    longestJob,
    privilegedServices = [],
  } = runner;
  // Whoever maintains it could else take it into projects of theirs: a privileged one is as good as root on
  // its host.
  const { locked = privilegedServices.length > 0 } = runner;
  return {
    ...owner(scope),
    description: name,
    tagLists: tags,
    untagged: runUntagged,
    accessLevel: protectedOnly ? "ref_protected" : "not_protected",
    ...(typeof scope === "object" && "project" in scope && { locked }),
    ...(longestJob !== undefined && { maximumTimeout: Math.ceil(milliseconds(longestJob) / 1000) }),
    ...(term !== undefined && { maintenanceNote: rotationNote(term) }),
  };
}

function owner(scope: RunnerScope): Pick<UserRunnerArgs, "runnerType" | "groupId" | "projectId"> {
  if (scope === "instance") return { runnerType: "instance_type" };
  if ("group" in scope) return { runnerType: "group_type", groupId: scope.group };
  return { runnerType: "project_type", projectId: scope.project };
}
