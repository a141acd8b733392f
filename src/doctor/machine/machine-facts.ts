import type { AddressPool } from "../../docker/address-pools.ts";

/** What there is to know about a machine that runs jobs, as far as it makes them fail. Plain data. */
export interface MachineFacts {
  readonly engine: EngineState;
  readonly networks: readonly NetworkFacts[];
  /** The MTU of the machine's way out, in bytes; undefined when the engine is on another machine. */
  readonly uplinkMtu?: number;
  /** What the kernel says about user namespaces; undefined when the engine is on another machine. */
  readonly userNamespaces?: UserNamespaceFacts;
  /** The disk with the engine's data; undefined when it cannot be seen from here. */
  readonly disk?: DiskSpace;
}

/** An engine as it describes itself. */
export interface EngineState {
  /** Its address: `unix:///var/run/docker.sock`. */
  readonly host: string;
  readonly version: string;
  readonly apiVersion: string;
  /** The oldest API version that it still serves. */
  readonly oldestApiVersion: string;
  readonly storageDriver: string;
  /** `1` or `2`. */
  readonly cgroupVersion: string;
  /** Whether it can limit a container's memory. */
  readonly limitsMemory: boolean;
  /** The pools from which networks get subnets, when they were configured. @default Docker's own */
  readonly addressPools?: readonly AddressPool[];
}

/** A bridge network of the engine. */
export interface NetworkFacts {
  readonly name: string;
  readonly subnets: readonly string[];
  /** In bytes. */
  readonly mtu: number;
  /** It has no way out. */
  readonly internal: boolean;
}

/** The kernel's settings for user namespaces. A setting that it does not have forbids nothing. */
export interface UserNamespaceFacts {
  /** user.max_user_namespaces: how many there may be. */
  readonly most?: number;
  /** kernel.unprivileged_userns_clone, Debian's own: whether others than root get them. */
  readonly unprivileged?: boolean;
  /** kernel.apparmor_restrict_unprivileged_userns, Ubuntu's own: AppArmor takes their capabilities. */
  readonly restricted?: boolean;
}

/** In bytes. */
export interface DiskSpace {
  readonly folder: string;
  readonly free: number;
  readonly total: number;
}
