import type { AddressPool } from "../../docker/address-pools.ts";

/** The properties of a machine that make jobs fail. Plain data. */
export interface MachineFacts {
  readonly engine: EngineState;
  readonly networks: readonly NetworkFacts[];
  /** The MTU of the machine's uplink, in bytes; undefined when the engine is on another machine. */
  readonly uplinkMtu?: number;
  /** Undefined when the engine is on another machine. */
  readonly userNamespaces?: UserNamespaceFacts;
  /** The disk with the engine's data; undefined when it is not on this machine. */
  readonly disk?: DiskSpace;
}

/** The properties that an engine reports. */
export interface EngineState {
  /** Its address: `unix:///var/run/docker.sock`. */
  readonly host: string;
  readonly version: string;
  readonly apiVersion: string;
  /** The oldest supported API version. */
  readonly oldestApiVersion: string;
  readonly storageDriver: string;
  /** `1` or `2`. */
  readonly cgroupVersion: string;
  /** Whether it can limit a container's memory. */
  readonly limitsMemory: boolean;
  /** The configured address pools of networks. @default Docker's own */
  readonly addressPools?: readonly AddressPool[];
}

/** A bridge network of the engine. */
export interface NetworkFacts {
  readonly name: string;
  readonly subnets: readonly string[];
  /** In bytes. */
  readonly mtu: number;
  /** Whether it has no access to other networks. */
  readonly internal: boolean;
}

/** The kernel's settings for user namespaces. A missing setting forbids nothing. */
export interface UserNamespaceFacts {
  /** user.max_user_namespaces: the limit. */
  readonly max?: number;
  /** kernel.unprivileged_userns_clone, only on Debian: whether users other than root may create them. */
  readonly unprivileged?: boolean;
  /** kernel.apparmor_restrict_unprivileged_userns, only on Ubuntu: AppArmor removes their capabilities. */
  readonly restricted?: boolean;
}

/** The disk space of a folder, in bytes. */
export interface DiskSpace {
  readonly folder: string;
  readonly free: number;
  readonly total: number;
}
