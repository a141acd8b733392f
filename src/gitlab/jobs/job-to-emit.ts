import type { Plan, PlannedJob, PlannedService } from "../../model/plan/plan.ts";
import type { Environment } from "../../model/text.ts";
import type { YamlValue } from "../../text/yaml.ts";

/** A job to emit, with its plan and active services. */
export interface JobToEmit {
  readonly plan: Plan;
  readonly job: PlannedJob;
  /** The active services of the job, in start order. */
  readonly services: readonly PlannedService[];
  /** The project's folder in its repository, with a slash at its end: `services/api/`. @default the root */
  readonly folder?: string;
}

/** The entries of a job that depend on its strategy. */
export interface JobBody {
  readonly image: YamlValue;
  readonly services: readonly YamlValue[];
  readonly variables: Environment;
  /** Variables that GitLab expands. */
  readonly expandedVariables?: Readonly<Record<string, string>>;
  /** Commands that wait for the services. */
  readonly waits: readonly string[];
  readonly before: readonly string[];
  readonly script: readonly string[];
  readonly cleanup: readonly string[];
  readonly cache: readonly YamlValue[];
}
