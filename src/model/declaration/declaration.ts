import type { PerBranch } from "../per-branch.ts";
import type { Environment } from "../text.ts";
import type { JobDefinition } from "./job.ts";
import type { ContainerDefinition, DeclaredService, WrittenService } from "./service.ts";

/** A bridge that belongs to one sandbox. */
export interface NetworkDefinition {
  /** Whether its containers reach only each other. @default false */
  readonly internal?: boolean;
}

/** A declaration. `Connections` has the type of each service's connection, which the compiler infers. */
export interface SandboxDefinition<Connections> {
  /** The purpose of the sandbox, in one line. */
  readonly description?: string;
  /** Whether GitLab CI manages a separate sandbox for each branch, with emitted jobs. @default false */
  readonly perBranch?: boolean | PerBranch;
  /** The networks by key. @default one network `default` with internet access */
  readonly networks?: Readonly<Record<string, NetworkDefinition>>;
  /** The keys of volumes, which exist as long as the sandbox. */
  readonly volumes?: readonly string[];
  /** The long-running containers, each by the key that references to it use. */
  readonly services: { readonly [Key in keyof Connections]: WrittenService<Connections[Key], Connections> };
  /** The jobs that run against the services, by key. @default none */
  readonly jobs?: Readonly<Record<string, JobDefinition<Connections>>>;
}

/** A job in a validated sandbox, with the environment as data and the keys of the referenced services. */
export interface DeclaredJob extends Omit<JobDefinition, "env"> {
  readonly env: Environment;
  readonly refersTo: readonly string[];
}

/**
 * A validated sandbox: plain data, except for the functions of services. `Connections`
 * has the type of each service's connection, as {@link sandbox} inferred it.
 */
export interface Sandbox<Connections = Readonly<Record<string, unknown>>> {
  readonly name: string;
  readonly description?: string;
  /** Absent if branches have no separate sandboxes. */
  readonly perBranch?: PerBranch;
  readonly networks: Readonly<Record<string, NetworkDefinition>>;
  readonly volumes: readonly string[];
  readonly services: { readonly [Key in keyof Connections]: DeclaredService<Connections[Key]> };
  readonly jobs: Readonly<Record<string, DeclaredJob>>;
}

/** The networks that a container joins: the declared ones, or the sandbox's only network. */
export function networksOf(sandbox: Sandbox, container: ContainerDefinition): readonly string[] {
  return container.networks ?? Object.keys(sandbox.networks).slice(0, 1);
}
