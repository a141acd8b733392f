import type Docker from "dockerode";
import { askDocker } from "./api.ts";
import type { DockerHost } from "./host.ts";

/** A container that has been started. */
export interface StartedContainer {
  readonly engine: DockerHost;
  /** Its id. */
  readonly container: string;
}

export function inspect({ engine, container }: StartedContainer): Promise<Docker.ContainerInspectInfo> {
  return askDocker(engine, `/containers/${container}/json`);
}
