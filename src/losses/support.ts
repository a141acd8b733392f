import type { JobDefinition } from "../model/declaration/job.ts";
import type { NetworkDefinition, SandboxDefinition } from "../model/declaration/sandbox.ts";
import type { ServiceDefinition } from "../model/declaration/service.ts";
import type { GitLabSettings } from "../model/gitlab-settings.ts";
import type { Plan, PlannedJob, PlannedNetwork, PlannedService } from "../model/plan/plan.ts";
import type { Probe } from "../model/probe.ts";

/**
 * How a target expresses a property:
 * - `yes`: as declared
 * - `no meaning`: not applicable to the target
 * - `by compose`: a GitLab job with this property gets its services from the compose file
 * - otherwise with a loss
 */
export type Support<Subject> = "yes" | "no meaning" | "by compose" | PropertyLoss<Subject>;

/** A property that a target cannot express. */
export interface PropertyLoss<Subject> {
  /** The target's substitute. */
  readonly instead: string;
  /** The values that the target cannot express, for the table of losses. @default all values */
  readonly appliesTo?: string;
  /** Whether a part of a plan has such a value. */
  readonly isLost: (subject: Subject, plan: Plan) => boolean;
}

/** How a target expresses each property of a declaration. The compiler requires every property. */
export interface TargetSupport {
  readonly sandbox: {
    readonly [Key in Exclude<keyof SandboxDefinition<unknown>, "services" | "jobs">]: Support<Plan>;
  };
  readonly network: { readonly [Key in keyof Required<NetworkDefinition>]: Support<PlannedNetwork> };
  readonly service: { readonly [Key in keyof Required<ServiceDefinition>]: Support<PlannedService> };
  readonly probe: { readonly [Key in Probe["kind"]]: Support<PlannedService> };
  readonly job: { readonly [Key in keyof Required<JobDefinition>]: Support<PlannedJob> };
  readonly gitlab: { readonly [Key in keyof Required<GitLabSettings>]: Support<PlannedJob> };
}

/** A target, such as a compose file, and how it expresses each property. */
export interface Target {
  readonly name: string;
  readonly support: TargetSupport;
}
