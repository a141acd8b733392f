import type { ImageSource } from "../build-definition.ts";
import type { Duration } from "../duration.ts";
import type { GitLabSettings } from "../gitlab-settings.ts";
import type { JobOverrides } from "../override.ts";
import type { Artifacts } from "./artifacts.ts";
import type { JobCache } from "./job-cache.ts";
import type { ContainerDefinition, WrittenEnvironment } from "./service.ts";

/** A container that runs a script once and has an exit code. In GitLab, it is a CI job. */
export interface JobDefinition<Connections = Readonly<Record<string, unknown>>> extends ContainerDefinition {
  /**
   * An image that `docker pull` accepts, one that is built: `build("api")`, or a variable that a needed job
   * sets: `"$IMAGE"`.
   */
  readonly image: ImageSource;
  /**
   * A folder of the project. The working folder gets a writable copy of it; nothing flows back.
   * @default an empty working folder
   */
  readonly files?: string;
  /** @default "/workspace" */
  readonly workingFolder?: string;
  /**
   * Environment variables, or a function from references to the sandbox's services to them, which is called
   * once.
   */
  readonly env?: WrittenEnvironment<Connections>;
  /** The entrypoint. Use `[]` if the image's own starts no shell. @default the image's */
  readonly entrypoint?: readonly string[];
  /** Commands before the script. The first failure ends the job. */
  readonly before?: readonly string[];
  /** The commands. The first failure ends the job with its exit code. */
  readonly script: readonly string[];
  /** Commands after the script, also after its failure. They do not change the exit code. */
  readonly cleanup?: readonly string[];
  /**
   * Whether the job creates user namespaces, as rootless BuildKit does. Its container gets the seccomp
   * profile of docs/build-images.md and no AppArmor profile. @default false
   */
  readonly userNamespaces?: boolean;
  /** The jobs that must succeed first. This job gets their variables. @default none */
  readonly needs?: readonly string[];
  /**
   * A file with lines of `NAME=value` that the job writes for dependent jobs, relative to `CI_PROJECT_DIR`:
   * the checkout in GitLab, an empty folder of the job elsewhere. @default none
   */
  readonly variablesFile?: string;
  /** What the job leaves: files to keep, and reports. @default nothing */
  readonly artifacts?: Artifacts;
  /** Folders that later runs find again, such as those of package managers. @default none */
  readonly cache?: JobCache;
  /** The time limit of the job. @default "1h", as in GitLab */
  readonly timeout?: Duration;
  /** Settings that only GitLab CI uses. */
  readonly gitlab?: GitLabSettings;
  /** The last word over the object of one target: `{ gitlab: (job) => ({ ...job, retry: 2 }) }`. */
  readonly override?: JobOverrides;
}
