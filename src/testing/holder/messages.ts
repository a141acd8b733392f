import type { Plan } from "../../model/plan/plan.ts";
import type { FailedService } from "../../sandbox/services-failed.ts";
import type { StartOptions } from "../../start/start-options.ts";

/**
 * What a client writes to a holder, as one line of JSON. Its sandbox is held at least until the connection
 * ends.
 */
export interface HoldRequest
  extends Pick<StartOptions, "target" | "context" | "secrets" | "project" | "profiles"> {
  /** Requests of one slot with equal plans share a sandbox. */
  readonly slot: string;
  /** Whether it stays until the holder ends. Otherwise it goes with the last connection. */
  readonly stays: boolean;
  /** The plan to start. @default a declared sandbox of the project */
  readonly plan?: Plan | undefined;
  /** The name of the declared sandbox. @default the only one */
  readonly sandbox?: string | undefined;
}

/** What the holder answers, as one line of JSON. */
export type HoldAnswer =
  | { readonly held: HeldSandbox; readonly failed?: never }
  | { readonly failed: HoldFailure; readonly held?: never };

/** A sandbox that a holder has started: plain data. */
export interface HeldSandbox {
  readonly name: string;
  /** The owner label of its resources. */
  readonly owner: string;
  readonly addresses: readonly HeldAddress[];
  /** The values of its secrets, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The variables for clients of all services. Empty for a plan, whose declaration the client has. */
  readonly variables: Readonly<Record<string, string>>;
}

/** The address of a port of a service. */
export interface HeldAddress {
  readonly service: string;
  /** The port in the container. */
  readonly inside: number;
  readonly host: string;
  readonly port: number;
}

export interface HoldFailure {
  readonly message: string;
  /** Whether the user has to correct something. */
  readonly isMistake: boolean;
  /** The services that failed, by key. */
  readonly services?: Readonly<Record<string, FailedService>>;
}
