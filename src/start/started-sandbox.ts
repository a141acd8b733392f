/// <reference lib="esnext.disposable" preserve="true" />
import type { Fork, ForkOptions, ForkSource, ForkValues } from "../fork/fork.ts";
import type { Sandbox } from "../model/declaration/sandbox.ts";
import type { ServiceReference } from "../model/declaration/service.ts";
import type { Duration } from "../model/duration.ts";
import type { Rendered } from "../model/text.ts";
import type { Abort } from "./abort.ts";

/**
 * A sandbox that {@link start} has started.
 *
 * @example
 * let shop: Started<typeof declared>;
 * beforeAll(async () => { shop = await start(declared); });
 * afterAll(() => shop?.remove());
 */
export type Started<Declared> =
  Declared extends Sandbox<infer Connections> ? StartedSandbox<Connections> : never;

/** A sandbox that {@link start} has started. `Connections` has the type of each service's connection. */
export interface StartedSandbox<Connections = Readonly<Record<string, unknown>>> {
  /** The services at their addresses from this machine, by key, as `env` functions have them. */
  readonly services: { readonly [Key in keyof Connections]: StartedService<Connections[Key]> };
  /** The environment variables for clients of all services, as `nestbox env` prints them. */
  readonly variables: Readonly<Record<string, string>>;
  /**
   * The address of a port of a service, for ports that are not its first.
   * @throws ConfigurationError for a port that the service does not have
   */
  address(
    service: keyof Connections & string,
    port: number,
  ): { readonly host: string; readonly port: number };
  /**
   * Runs a command in the container of a service.
   * @throws ConfigurationError for an unknown service, one that does not run, with its last output, and for
   * an image without the program
   */
  exec(
    service: keyof Connections & string,
    command: readonly string[],
    options?: ExecOptions,
  ): Promise<ExecResult>;
  /**
   * The output of a service, a line each, oldest first. A service that has ended has its last output.
   * @throws ConfigurationError for an unknown service
   */
  logs(service: keyof Connections & string, options?: LogOptions): AsyncIterable<LogLine>;
  /**
   * Runs a job, after the jobs that it needs. The first failure ends the run.
   * @throws ConfigurationError for an unknown job, and one whose profile is not active
   */
  run(job: string, options?: JobOptions): Promise<JobResult>;
  /** Removes the sandbox with everything in it. May be called twice. */
  remove(): Promise<void>;
  /** Removes it at the end of a block, from Node 24 on: `await using shop = await start(declared)`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Host and port of a service from this machine, and the values of its connection with their secrets. */
export type ServiceAtAddress<Offered = unknown> = {
  readonly [Key in keyof ServiceReference<Offered>]: Rendered<ServiceReference<Offered>[Key]>;
};

/** A service of a started sandbox. */
export type StartedService<Offered = unknown> = ServiceAtAddress<Offered> &
  ForkedService<ServiceAtAddress<Offered> & ForkValues>;

/** What can be forked. The functions are not enumerable, so that the service is plain data to others. */
export interface ForkedService<Values> {
  /**
   * Makes an isolated state of the service, in milliseconds: a database of one's own for a test. It starts
   * from the `seed` of the declaration, else from the state of the service itself.
   *
   * @example
   * const database = await shop.services.database.fork();
   * const client = new Client({ connectionString: database.values.url });
   * await database.drop();
   * @throws CannotFork for a service that has no forks, and says what to use instead
   */
  fork(options?: ForkOptions<Values>): Promise<Fork<Values>>;
  /** Fills the seed of the declaration, and gives the data with which `forkFrom` forks in other processes. */
  forkSource(): Promise<ForkSource<Values>>;
}

export interface ExecOptions {
  /** The standard input of the command. @default empty */
  readonly stdin?: string | undefined;
  /** An `AbortSignal` that ends the connection. The program in the container may go on. */
  readonly signal?: Abort | undefined;
}

/** The end of a command. */
export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface LogOptions {
  /** Whether to go on until the service ends. @default false */
  readonly follow?: boolean | undefined;
  /** Only lines that are younger, such as "5m". @default all */
  readonly since?: Duration | undefined;
  /** The number of last lines. @default all */
  readonly last?: number | undefined;
  /** An `AbortSignal` that ends the iteration with its reason. */
  readonly signal?: Abort | undefined;
}

/** A line of a service's output. */
export interface LogLine {
  readonly stream: "stdout" | "stderr";
  /** Without its line break. */
  readonly text: string;
}

export interface JobOptions {
  /** An `AbortSignal` that ends the job. */
  readonly signal?: Abort | undefined;
}

/** The end of a job. Its exit code after its time limit is 124. */
export interface JobResult extends ExecResult {}
