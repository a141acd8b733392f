/// <reference lib="esnext.disposable" preserve="true" />
import type { Duration } from "../model/duration.ts";

/** Host, port and the other values of a service, or of a fork of it: plain data. */
export type ForkValues = Readonly<Record<string, unknown>>;

/**
 * An isolated state of a running service, such as a database of one's own. Its name, values and variables are
 * plain data, which other processes may use.
 */
export interface Fork<Values = ForkValues> {
  /** Its name on the server: the name of a database, or the number of one of Redis. */
  readonly name: string;
  /** The values that the service itself has, with those of the fork: `url`, `database`. */
  readonly values: Values;
  /** The variables that the service itself has, with the values of the fork: `DATABASE_URL`. */
  readonly variables: Readonly<Record<string, string>>;
  /**
   * Drops it, also while clients are connected. The server does it behind: a next fork does not wait. May be
   * called twice. A fork whose process has ended is dropped by the next process that forks.
   */
  drop(): Promise<void>;
  /** Drops it at the end of a block, from Node 24 on: `await using database = await fork()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** How a service is forked. */
export interface ForkOptions<Values = ForkValues> {
  /**
   * Fills the state that forks start from. It runs once on a server for all forks with the same seed,
   * whatever process asks first. If it throws, nothing of it is kept.
   * @default the `seed` of the declaration, else the state of the service itself at the time of the fork
   */
  readonly seed?: ((empty: Seeded<Values>) => unknown) | undefined;
  /**
   * Identifies what `seed` fills: a version, or a hash of the files that it reads. Another key is another
   * state. @default the source text of `seed`
   */
  readonly seedKey?: string | undefined;
  /** How many forks this process makes ahead, once it has asked for one. @default 2 */
  readonly ahead?: number | undefined;
  /** Keeps the fork for that time, also after the end of the process: "10m". @default until it is dropped */
  readonly keepFor?: Duration | undefined;
}

/** What a seed fills. */
export type Seeded<Values = ForkValues> = Pick<Fork<Values>, "name" | "values" | "variables">;

/**
 * What any process of this machine needs to fork a service: plain data, for `JSON.stringify`, a worker's
 * environment or a message. It has the password of the service, and is valid as long as the service's
 * addresses.
 */
export interface ForkSource<Values = ForkValues> {
  /** The path of the service: `shop.services.database`. */
  readonly service: string;
  /** The kind of server: `"postgres"`. */
  readonly kind: string;
  /** The values of the service itself. */
  readonly values: Values;
  /** The values and variables of a fork, with {@link FORK_NAME} for its name. */
  readonly ofFork: Omit<Seeded<Values>, "name">;
  /** What the declaration's seed has filled. Absent without one. */
  readonly template?: string;
  /** The bound of the data in memory, and the property that sets it. Absent for data on a disk. */
  readonly inMemory?: string;
}

/** Stands for the name of a fork in the values of a {@link ForkSource}. */
export const FORK_NAME = "nestbox0fork0name";
