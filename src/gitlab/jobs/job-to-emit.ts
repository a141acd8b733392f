import type { DeclaredJob, Sandbox } from "../../model/sandbox.ts";
import type { DeclaredService, Environment } from "../../model/service.ts";
import type { YamlValue } from "../../text/yaml.ts";

/** A job and what is decided about it. */
export interface JobToEmit {
  readonly sandbox: Sandbox;
  readonly key: string;
  readonly job: DeclaredJob;
  /** The services that are active for it, in the order in which they can start. */
  readonly services: readonly (readonly [string, DeclaredService])[];
}

/** What is different about a job from one way of getting services to another. */
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
