import type { Plan, PlannedJob, PlannedService } from "../../model/plan/plan.ts";
import type { Environment } from "../../model/text.ts";
import type { YamlValue } from "../../text/yaml.ts";

/** A job and what is decided about it. */
export interface JobToEmit {
  readonly plan: Plan;
  readonly job: PlannedJob;
  /** The services that are active for it, in the order in which they can start. */
  readonly services: readonly PlannedService[];
}

/** What is different about a job from one strategy to another. */
export interface JobBody {
  readonly image: YamlValue;
  readonly services: readonly YamlValue[];
  readonly variables: Environment;
  /** Variables that GitLab expands. */
  readonly expandedVariables?: Readonly<Record<string, string>>;
  /** Commands that wait for services. */
  readonly waits: readonly string[];
  readonly before: readonly string[];
  readonly script: readonly string[];
  readonly cleanup: readonly string[];
  readonly cache?: YamlValue;
}
