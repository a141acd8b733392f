import { COMPOSE_TARGET } from "../../src/compose/target.ts";
import { emission } from "../../src/emission/emission.ts";
import { GITLAB_TARGET } from "../../src/gitlab/target.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import type { Runner } from "../../src/model/runner/runner.ts";
import type { Emission, EmitRequest } from "../../src/sandbox/target.ts";

/** The targets that always emit. */
export const EMITTING = [COMPOSE_TARGET, GITLAB_TARGET] as const;

/** What a project at the root of its repository emits. */
export const AT_ROOT = {
  ...{ isWhole: true, declaredIn: "sandboxes/index.ts", projectFolder: "/no/project", folder: "" },
  timeToLive: "8h",
} satisfies Partial<EmitRequest>;

/** The compose and GitLab files of sandboxes, without those that they share. */
export function emitted(plans: readonly Plan[], runners: readonly Runner[]): Emission {
  return emission(EMITTING, { ...AT_ROOT, isWhole: false, plans, runners });
}
