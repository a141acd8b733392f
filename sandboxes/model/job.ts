import type { Duration } from "./duration.ts";
import type { ContainerDefinition, Environment, Service, ServiceReference } from "./service.ts";

/** The sandbox's services as the jobs' `env` function gets them. */
export type References<Services extends Readonly<Record<string, Service>>> = {
  readonly [Key in keyof Services]: ServiceReference<Services[Key]>;
};

/** A container that runs a script once and has an exit code: in GitLab a CI job. */
export interface JobDefinition<
  Services extends Readonly<Record<string, Service>> = Readonly<Record<string, Service>>,
> extends ContainerDefinition {
  /** A folder of the project, seen read-only in the container's working folder. @default an empty working folder */
  readonly files?: string;
  /** @default "/workspace" */
  readonly workingFolder?: string;
  /** Environment variables, or a function of references to the sandbox's services that gives them. It is called once. */
  readonly env?: Environment | ((services: References<Services>) => Environment);
  /** Commands before the script; the first that fails ends the job. */
  readonly before?: readonly string[];
  /** The commands; the first that fails ends the job, and its exit code is the job's. */
  readonly script: readonly string[];
  /** Commands after the script, whether it failed or not. They do not change the exit code. */
  readonly cleanup?: readonly string[];
  /** The longest that the job may take. @default "1h", as in GitLab */
  readonly timeout?: Duration;
}
