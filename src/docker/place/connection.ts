import type { Environment } from "../../machine/environment.ts";
import type { PlaceNetwork } from "../../model/plan/place-network.ts";
import type { Subnet } from "../../model/subnets.ts";
import type { DockerHost } from "../host.ts";

/** An engine, and what a project says of its sandboxes there. */
export interface EngineConnection {
  readonly engine: DockerHost;
  /** The name of the project, for labels. */
  readonly project: string;
  /** The folder that relative paths of files start from. */
  readonly projectFolder: string;
  /** The range that subnets of networks are allocated from. */
  readonly subnetPool: Subnet;
  /** Images of services that may be privileged; `*` matches any characters but `/`. */
  readonly privilegedImages: readonly string[];
  /** What the network of this machine requires. */
  readonly network: PlaceNetwork;
  /** Has the logins of registries, or names the files with them. */
  readonly environment: Environment;
}
