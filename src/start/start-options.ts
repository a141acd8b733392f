import type { Abort } from "./abort.ts";

/** How a sandbox is started. */
export interface StartOptions {
  /** Where it runs: `"docker"` or `"kubernetes"`. @default the target of the project's settings */
  readonly target?: string | undefined;
  /** The context of the kubeconfig. @default that of the settings, else the current one */
  readonly context?: string | undefined;
  /** The active profiles, or `"all"`. @default those of the settings */
  readonly profiles?: readonly string[] | "all" | undefined;
  /** The values of secrets, by name. @default those of the environment: `NESTBOX_SECRET_…` */
  readonly secrets?: Readonly<Record<string, string>> | undefined;
  /** An `AbortSignal` that ends the start, and later removes the sandbox. */
  readonly signal?: Abort | undefined;
  /**
   * Gets the progress and the output of jobs: a function for each line, or a stream.
   * @default nothing is printed
   */
  readonly log?: ((line: string) => void) | { write(text: string): unknown } | undefined;
  /**
   * A folder of the project with the settings. Paths of files in the declaration start from the project's
   * folder. @default the nearest project of the current folder, else that folder with default settings
   */
  readonly project?: string | undefined;
}
