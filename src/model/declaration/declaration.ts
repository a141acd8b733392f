import type { PerBranch } from "../per-branch.ts";
import type { Environment } from "../text.ts";
import type { JobDefinition } from "./job.ts";
import type { DeclaredService, WrittenService } from "./service.ts";

/** A bridge that belongs to one sandbox. */
export interface NetworkDefinition {
  /** No way out: its containers reach each other and nothing else. @default false */
  readonly internal?: boolean;
}

/** What a person writes. `Connections` says what references to each service offer; the compiler infers it. */
export interface SandboxDefinition<Connections> {
  /** What the sandbox is for, in a line. */
  readonly description?: string;
  /**
   * Each branch gets one of its own in GitLab CI: the jobs that bring it up and stop it are emitted.
   * @default false
   */
  readonly perBranch?: boolean | PerBranch;
  /** @default one network called `default`, with a way out */
  readonly networks?: Readonly<Record<string, NetworkDefinition>>;
  /** Volumes that live as long as the sandbox. */
  readonly volumes?: readonly string[];
  /** The containers that keep running, each by the key under which others refer to it. */
  readonly services: { readonly [Key in keyof Connections]: WrittenService<Connections[Key], Connections> };
  /** What runs against them, by name. @default none */
  readonly jobs?: Readonly<Record<string, JobDefinition<Connections>>>;
}

/** A job in a declared sandbox: its environment is data, and it is known which services it refers to. */
export interface DeclaredJob extends Omit<JobDefinition, "env"> {
  readonly env: Environment;
  readonly refersTo: readonly string[];
}

/**
 * A declared sandbox: plain data, whose only functions are the catalog's `connection`s. It has been
 * validated.
 */
export interface Sandbox {
  readonly name: string;
  readonly description?: string;
  /** Absent where branches do not get their own. */
  readonly perBranch?: PerBranch;
  readonly networks: Readonly<Record<string, NetworkDefinition>>;
  readonly volumes: readonly string[];
  readonly services: Readonly<Record<string, DeclaredService>>;
  readonly jobs: Readonly<Record<string, DeclaredJob>>;
}
