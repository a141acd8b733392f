import type { Environment } from "../../machine/environment.ts";
import type { DockerHost } from "../host.ts";

/** What a build needs beside its files. */
export interface BuildRequest {
  readonly docker: DockerHost;
  /** The folder that the context starts from. */
  readonly projectFolder: string;
  /** Has the docker command, and the values of the build's secrets. */
  readonly environment: Environment;
  /** Called for each line of the build. */
  readonly onLine: (line: string) => void;
  /** Called with the process that builds the same image. @default nothing */
  readonly onWait?: (holder: number) => void;
  readonly signal?: AbortSignal | undefined;
}
