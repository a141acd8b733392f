import type { StartOptions } from "../start/start-options.ts";
import type { Scope } from "./scope.ts";

/** Where and for whom the sandbox of tests runs. */
export interface SandboxForOptions
  extends Pick<StartOptions, "target" | "context" | "profiles" | "secrets" | "project"> {
  /**
   * Who shares the sandbox: `"run"`, all workers and files; `"worker"`, the files of one worker; `"file"` and
   * `"test"`, nobody. @default that of Jest's environment, else "run"
   */
  readonly scope?: Scope | undefined;
}
