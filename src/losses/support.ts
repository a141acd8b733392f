import { PROPERTIES } from "../model/declaration/declaration-shape.ts";
import type { Overridden } from "../model/override.ts";
import type { Plan, PlannedJob, PlannedNetwork, PlannedService } from "../model/plan/plan.ts";
import { properties } from "../model/properties.ts";

/**
 * How a target expresses a property, if not as declared:
 * - `no meaning`: not applicable to the target
 * - `by compose`: a GitLab job with this property gets its services from the compose file
 * - otherwise with a loss
 */
export type Exception<Subject> = "no meaning" | "by compose" | PropertyLoss<Subject>;

/** A property that a target cannot express. */
export interface PropertyLoss<Subject> {
  /** The target's substitute. */
  readonly instead: string;
  /** The values that the target cannot express, for the table of losses. @default all values */
  readonly appliesTo?: string;
  /**
   * Whether a part of a plan has such a value. One that it has by default is not reported: every sandbox has
   * it. `nestbox prove` knows of it.
   */
  readonly isLost: (subject: Subject, plan: Plan) => boolean | "by default";
  /**
   * Whether the container differs from the declaration, so that `nestbox prove` expects it: in each run, or
   * depending on timing or the image. @default in none
   */
  readonly differs?: "always" | "sometimes";
}

/** The parts of a plan to which the properties of each group belong. */
interface Subjects {
  readonly sandbox: Plan;
  readonly network: PlannedNetwork;
  readonly service: PlannedService;
  readonly probe: PlannedService;
  readonly job: PlannedJob;
  readonly gitlab: PlannedJob;
}

/** The names of a group's properties. */
type PropertyOf<Group extends keyof Subjects> = (typeof PROPERTIES)[Group][number];

/** The properties of each group that a target does not express as declared. */
export type Exceptions = {
  readonly [Group in keyof Subjects]?: {
    readonly [Key in PropertyOf<Group>]?: Exception<Subjects[Group]>;
  };
};

/** What a form of a target, such as a GitLab job with services, does not express as declared. */
export interface LossTable {
  readonly name: string;
  readonly exceptions: Exceptions;
}

/** The settings of a job that only GitLab CI uses, for all other targets. */
export const ONLY_GITLAB = properties("no meaning" as const, ...PROPERTIES.gitlab);

/** The loss of an override of other targets. @param own what the target calls itself there */
export function otherOverrides(...own: readonly string[]): PropertyLoss<Overridden> {
  return {
    appliesTo: "those of other targets",
    instead: `as without it; add \`override.${own[0]}\``,
    isLost: ({ overrides = [] }) => overrides.length > 0 && !overrides.some((name) => own.includes(name)),
  };
}

/** All properties of a declaration in the order of the table, each with its exception in a target, if any. */
export function exceptionsIn<Group extends keyof Subjects>({ exceptions }: LossTable, group: Group) {
  const found = exceptions[group] as Readonly<Record<string, Exception<Subjects[Group]> | undefined>>;
  return PROPERTIES[group].map((property) => ({ property, exception: found?.[property] }));
}
