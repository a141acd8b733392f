import type { Ownership } from "../ownership/ownership.ts";

/** A sandbox on a place, as its labels describe it. */
export interface ListedSandbox extends Omit<Ownership, "timeToLive"> {
  readonly sandbox: string;
  /** In a program of one's own it may have another name. */
  readonly component: string;
  readonly timeToLive: string;
  /** Empty in a cluster. */
  readonly networks: readonly { readonly name: string; readonly subnets: readonly string[] }[];
  /** Absent on an engine. */
  readonly namespace?: string;
  readonly services: readonly ListedService[];
}

/** A service on a place. */
export interface ListedService {
  readonly service: string;
  /** The container, or the pod. */
  readonly container: string;
  /**
   * `ready`, `starting`, `unhealthy` or `stopped`; for a service that runs once `running`, `completed` or
   * `failed`.
   */
  readonly state: string;
  /** Addresses on the engine's loopback interface, by port of the container. Empty in a cluster. */
  readonly published: Readonly<Record<string, string>>;
  /** Current memory use, in bytes. Absent if it was not read, and for a stopped service. */
  readonly memoryBytes?: number;
}
