import type { Readable, Writable } from "node:stream";
import type { Labels } from "../model/labels.ts";
import type { Plan, PlannedJob } from "../model/plan/plan.ts";
import type { HeldLease } from "../ownership/lease.ts";
import type { Progress } from "../terminal/progress.ts";
import type { Timed } from "../timings/timings.ts";
import type { JobEnd } from "./job-end.ts";

/** A sandbox that a place has started or found, and what can be done with it. */
export interface RunningSandbox extends Pick<HeldLease, "lost" | "confirm"> {
  readonly plan: Plan;
  /** The owner label of its resources. */
  readonly owner: string;
  /** The values of its secrets, by name. */
  readonly secrets: Readonly<Record<string, string>>;

  /**
   * Makes the services reachable from this machine, until {@link RunningSandbox.close}.
   * @throws ConfigurationError if this machine cannot reach them
   */
  reach(): Promise<AddressOf>;
  /**
   * The addresses that stay as long as the sandbox.
   * @throws ConfigurationError if this machine cannot reach them
   */
  addresses(options?: AddressOptions): Promise<LastingAddresses>;
  /** Runs a job in a new container on the sandbox's networks, and streams its output. */
  run(job: PlannedJob, run: JobRun): Promise<JobEnd>;
  /**
   * Runs a command in the container of a service, or of a job that runs.
   * @param part the key of the service or job
   * @returns the exit code of the command
   * @throws ConfigurationError for a container that does not run, with its last output; CommandRefused for an
   * image without the program
   */
  exec(part: string, command: readonly string[], streams: ExecStreams): Promise<number>;
  /**
   * The output of a service, a line each, oldest first. A service that has ended has its last output.
   * @throws NoOutput; the signal's reason
   */
  logs(service: string, selection: LogSelection): AsyncIterable<LogLine>;
  /** Why services have stopped since the sandbox was started or found, by key, each with its last output. */
  stopped(): Promise<Readonly<Record<string, string>>>;
  /** When the containers of services and of running jobs started, became ready and ended, by key. */
  times(): Promise<ReadonlyMap<string, PartTimes>>;

  /** Ends what this process holds of it, such as forwarded ports. The sandbox itself stays. */
  close(): void;
  /** Removes all of it from its place. Closes it, too. */
  remove(): Promise<void>;
}

/** The address of a service's port; undefined for a port that is not reachable. */
export type AddressOf = (service: string, port: number) => Address | undefined;

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface AddressOptions {
  /** Whether to give the addresses on the host of the engine, also valid behind a tunnel. @default false */
  readonly fromEngineHost?: boolean;
}

export interface LastingAddresses {
  readonly addressOf: AddressOf;
  /** From where they are reachable, if not from this machine. */
  readonly notice?: string;
}

/** What finding a running sandbox adds to it. */
export interface SandboxUse extends Pick<HeldLease, "lost" | "confirm"> {
  /** The labels of all that its jobs create. */
  readonly labels: Labels;
  /** Called between a job's end and its removal. Its container keeps the sandbox in use. */
  readonly afterJob: () => Promise<unknown>;
}

/**
 * Keeps what a job leaves, once it has ended.
 * @param read gives a file or folder, by its path from the working folder, as a tar archive; undefined if
 * there is none
 */
export type KeepArtifacts = (
  end: JobEnd,
  read: (path: string) => Promise<Readable | undefined>,
) => Promise<void>;

/** One run of a job. */
export interface JobRun extends Timed {
  /** The image, if an earlier job has built it: it is pulled unless it is there. @default the planned one */
  readonly image?: string;
  /** Variables on top of the planned ones. @default none */
  readonly variables?: Readonly<Record<string, string>>;
  readonly stdout: Writable;
  /** A cluster does not distinguish it from the standard output. */
  readonly stderr: Writable;
  /** Where the place can. @default they are lost */
  readonly keepArtifacts?: KeepArtifacts;
  /** Called once its commands have ended and all their output is there. @default nothing */
  readonly commandsEnded?: () => void;
  /** Ends the job early. */
  readonly signal: AbortSignal;
  /** Shows the pull of an image that an earlier job has built. @default it is not shown */
  readonly progress?: Progress;
  /** Receives failures after the job's end. They do not change its result. */
  readonly warn: (message: string) => void;
}

export interface ExecStreams {
  /** @default empty */
  readonly stdin?: Readable;
  readonly stdout: Writable;
  /** With a terminal, all output comes by the standard output. */
  readonly stderr: Writable;
  /** The user's terminal, whose size the program's terminal follows. @default the program gets no terminal */
  readonly terminal?: Terminal;
  /** Ends the connection; the program in the container may go on. */
  readonly signal: AbortSignal;
}

/** The size of a terminal, and its changes. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  /** Calls a listener after each change of the size. Returns a function that ends that. */
  onResize(listener: () => void): () => void;
}

/** Which part of a service's output. */
export interface LogSelection {
  /** Whether to go on until the service ends. @default false */
  readonly follow?: boolean;
  /** Only lines that are younger, in milliseconds. @default all */
  readonly within?: number;
  /** The number of last lines. @default all */
  readonly last?: number;
  readonly signal: AbortSignal;
}

export interface LogLine {
  readonly stream: "stdout" | "stderr";
  /** Without its line break. */
  readonly text: string;
}

/** Times by the clock of the place, in milliseconds since 1970. */
export interface PartTimes {
  readonly started: number;
  /** When its probe first passed. Absent if the place does not report it. */
  readonly ready?: number;
  /** When it ended. Absent while it runs. */
  readonly ended?: number;
}
