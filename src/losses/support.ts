import type { JobDefinition } from "../model/declaration/job.ts";
import type { NetworkDefinition, SandboxDefinition } from "../model/declaration/sandbox.ts";
import type { ServiceDefinition } from "../model/declaration/service.ts";
import type { GitLabSettings } from "../model/gitlab.ts";
import type { Plan, PlannedJob, PlannedNetwork, PlannedService } from "../model/plan/plan.ts";
import type { Probe } from "../model/probe.ts";

/**
 * How a target expresses a property: as it is declared (`yes`); not at all, because it means nothing there
 * (`no meaning`); `by compose`, a GitLab job that needs it gets its services from the compose file; or with a loss.
 */
export type Support<Subject> = "yes" | "no meaning" | "by compose" | PropertyLoss<Subject>;

/** A property that a target cannot express. */
export interface PropertyLoss<Subject> {
  /** What the target does instead. */
  readonly instead: string;
  /** Which values are lost, in words. @default all of them */
  readonly of?: string;
  /** Whether a plan loses something. */
  readonly isLost: (subject: Subject) => boolean;
}

/** The properties of a declaration and how a target expresses each. The compiler asks for every one. */
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

/** A target and what it expresses. */
export interface Target {
  readonly name: string;
  readonly support: TargetSupport;
}
