import type { Duration } from "./duration.ts";
import type { Subnet } from "./subnets.ts";

/** What a sandbox is resolved for: the stack it belongs to, and what the machine gives it. */
export interface Surroundings {
  readonly owner: string;
  readonly project: string;
  readonly stack: string;
  /** The branch whose stack it is, if it is one's. */
  readonly branch?: string;
  /** Which profiles are active. A service or job without profiles always is. */
  readonly profiles: readonly string[];
  /** When the sandbox was first made, in ISO 8601. */
  readonly created: string;
  readonly timeToLive: Duration | "never";
  /** The subnet of each network, by its key as {@link networkSubnetKey} gives it. */
  readonly subnets: Readonly<Record<string, Subnet>>;
  /** Images whose services may be privileged; `*` stands for any characters but `/`. */
  readonly privilegedImages: readonly string[];
  /** How often each service, by key, has had to be made again because it failed. @default never */
  readonly attempts?: Readonly<Record<string, number>>;
  /** The largest packet that leaves this machine, in bytes. */
  readonly mtu?: number;
  /** The address of a registry mirror, for Docker daemons in the sandbox: `"http://172.17.0.1:5000"`. */
  readonly registryMirror?: string;
  /**
   * A file with certificates of authorities that this machine's network needs; its jobs and Docker daemons
   * get it.
   */
  readonly certificates?: string;
}
