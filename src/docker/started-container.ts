import type { DockerHost } from "./host.ts";

/** A container that has been started. */
export interface StartedContainer {
  readonly engine: DockerHost;
  /** Its id. */
  readonly container: string;
}
