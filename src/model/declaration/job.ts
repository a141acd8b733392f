import type { Duration } from "../duration.ts";
import type { GitLabSettings } from "../gitlab.ts";
import type { ContainerDefinition, WrittenEnvironment } from "./service.ts";

/** A container that runs a script once and has an exit code: in GitLab a CI job. */
export interface JobDefinition<Connections = Readonly<Record<string, unknown>>> extends ContainerDefinition {
  /** The image as `docker pull` takes it, or a variable that a needed job hands on: `"$IMAGE"`. */
  readonly image: string;
  /**
   * A folder of the project, seen read-only in the container's working folder.
   * @default an empty working folder
   */
  readonly files?: string;
  /** @default "/workspace" */
  readonly workingFolder?: string;
  /**
   * Environment variables, or a function of references to the sandbox's services that gives them. It is
   * called once.
   */
  readonly env?: WrittenEnvironment<Connections>;
  /** What starts the container's shell. `[]` where the image's own starts no shell. @default the image's */
  readonly entrypoint?: readonly string[];
  /** Commands before the script; the first that fails ends the job. */
  readonly before?: readonly string[];
  /** The commands; the first that fails ends the job, and its exit code is the job's. */
  readonly script: readonly string[];
  /** Commands after the script, whether it failed or not. They do not change the exit code. */
  readonly cleanup?: readonly string[];
  /**
   * The job makes user namespaces of its own, as rootless BuildKit does. Its container gets the seccomp
   * profile in user-namespaces.ts and no AppArmor profile. @default false
   */
  readonly userNamespaces?: boolean;
  /** The jobs of the sandbox that must have succeeded before. This one gets their variables. @default none */
  readonly needs?: readonly string[];
  /**
   * A file with lines of `NAME=value` that the job writes for the jobs that need it, relative to
   * `CI_PROJECT_DIR`: the checkout in GitLab, an empty folder of the job's own elsewhere. @default none
   */
  readonly variablesFile?: string;
  /** The longest that the job may take. @default "1h", as in GitLab */
  readonly timeout?: Duration;
  /** What matters in GitLab CI alone. */
  readonly gitlab?: GitLabSettings;
}
