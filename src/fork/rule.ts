import type { ForkSource } from "./fork.ts";

/** How one kind of server is forked. */
export interface ForkRule {
  /** The words that make the service's client run the statements of a file in a state with this name. */
  readonly loadWords: (name: string) => readonly string[];
  /** Connects to a server. The connection keeps no process alive while nobody waits for an answer. */
  connect(source: ForkSource): Promise<ForkConnection>;
}

/**
 * A connection to a server that makes forks. What it makes has an owner from its first moment: this process,
 * as long as its connection, or nobody until a time.
 */
export interface ForkConnection {
  /**
   * Provides what forks of a seed start from. Several processes may ask at once: one fills it. Others of the
   * kind that no process uses are removed.
   * @param fill fills an empty state. If it fails, nothing stays
   * @returns its name
   */
  template(seed: TemplateSeed, fill: (name: string) => Promise<void>): Promise<string>;
  /**
   * @param template what it starts from. @default the state of the service itself
   * @param until milliseconds from now. @default it belongs to this process
   * @returns the name of the fork
   */
  create(template: string | undefined, until: number | undefined): Promise<string>;
  /** Drops a fork, also while clients are connected. */
  drop(name: string): Promise<void>;
  /** Drops the forks that have no owner any longer. */
  removeAbandoned(): Promise<void>;
  /** Whether it has ended, by itself or by the server. */
  readonly closed: () => boolean;
  close(): void;
}

/** What identifies the content of a template. */
export interface TemplateSeed {
  /** Of the declaration, or of a call. A new one takes the place of others of its kind. */
  readonly kind: "declared" | "given";
  /** Lower-case letters and digits. */
  readonly hash: string;
}
