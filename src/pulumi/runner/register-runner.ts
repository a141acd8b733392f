import type * as pulumi from "@pulumi/pulumi";
import { rotationNote, type TokenTerm } from "../../gitlab/runner/token-rotation.ts";
import { milliseconds } from "../../model/duration.ts";
import type { Runner } from "../../model/runner/runner.ts";
import type { UserRunnerArgs } from "../gitlab/user-runner.ts";

/** The scope of a runner: the GitLab project, group or instance of its jobs. */
export type RunnerScope =
  | { readonly project: pulumi.Input<number> }
  | { readonly group: pulumi.Input<number> }
  | "instance";

/** The arguments of a declared runner in GitLab. A new term of its token changes the maintenance note. */
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
  // Without the lock, maintainers could enable it in other projects. Privileged jobs are root on the host.
  const { locked = privilegedServices.length > 0 } = runner;
  return {
    ...scopeArgs(scope),
    description: name,
    tagLists: tags,
    untagged: runUntagged,
    accessLevel: protectedOnly ? "ref_protected" : "not_protected",
    ...(typeof scope === "object" && "project" in scope && { locked }),
    ...(longestJob !== undefined && { maximumTimeout: Math.ceil(milliseconds(longestJob) / 1000) }),
    ...(term !== undefined && { maintenanceNote: rotationNote(term) }),
  };
}

function scopeArgs(scope: RunnerScope): Pick<UserRunnerArgs, "runnerType" | "groupId" | "projectId"> {
  if (scope === "instance") return { runnerType: "instance_type" };
  if ("group" in scope) return { runnerType: "group_type", groupId: scope.group };
  return { runnerType: "project_type", projectId: scope.project };
}
