import type { Loss } from "../losses/losses.ts";
import type { Environment } from "../machine/environment.ts";
import type { PlaceNetwork } from "../model/plan/place-network.ts";
import type { Plan, PlannedJob } from "../model/plan/plan.ts";
import type { Runner } from "../model/runner/runner.ts";

/** What a target needs beside the plan. */
export interface ProofRequest {
  /** With probing jobs and all profiles active. */
  readonly plan: Plan;
  /** The values of the secrets, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The same values by the environment variables that users set. */
  readonly secretVariables: Readonly<Record<string, string>>;
  readonly projectFolder: string;
  /** An empty folder for the files of the proof, which is removed after the sandbox. */
  readonly folder: string;
  /** Where programs are found, and what they get. */
  readonly environment: Environment;
  /** What the network of this place requires. */
  readonly network: PlaceNetwork;
  /** Ends everything, for Ctrl-C. */
  readonly signal: AbortSignal;
}

/** What else a target needs that runs its emitted files. */
export interface ProofSettings {
  readonly projectFolder: string;
  readonly runners: readonly Runner[];
}

/** A target on which a sandbox can be proved. */
export interface ProofTarget {
  readonly name: string;
  /** Why it cannot be used here. Undefined if it can. */
  missing(environment: Environment): Promise<string | undefined>;
  /**
   * The images that it uses on the engine, beside those of the plan.
   * @param plan with probing jobs
   * @default none
   */
  images?(plan: Plan, environment: Environment): Promise<readonly string[]>;
  /** Prepares a sandbox; what is created from then on is removed by {@link ProvedSandbox.remove}. */
  prepare(request: ProofRequest): Promise<ProvedSandbox>;
}

/** A sandbox on a target. */
export interface ProvedSandbox {
  /** The declared losses that concern a job and what runs beside it. */
  losses(job: PlannedJob): readonly Loss[];
  /** The keys of the services that the target starts for a job. */
  servicesBeside(job: PlannedJob): readonly string[];
  /**
   * Runs a job as users of the target do.
   * @param key of a job of the plan
   * @param onLine receives each line of its output
   */
  runJob(key: string, onLine: (line: string) => void): Promise<JobResult>;
  /**
   * The running containers of services, by key, and the job's own.
   * @param host the name of the job's host, as the job prints it
   */
  observe(job: PlannedJob, host: string): Promise<Observed>;
  remove(): Promise<unknown>;
  /** What exists of it, by name. */
  leftovers(): Promise<readonly string[]>;
}

/** How a job ended. */
export interface JobResult {
  readonly exitCode: number;
  /** The last line of its output. */
  readonly lastLine: string;
}

/** The containers beside a job. */
export interface Observed {
  readonly job: ObservedContainer;
  readonly services: ReadonlyMap<string, ObservedContainer>;
}

/** A container, seen from outside. */
export interface ObservedContainer {
  /** Runs a command in it and returns its output. @throws if it does not run, or has no such program */
  run(command: readonly string[]): Promise<string>;
  readonly times: StartTimes;
}

/** Times by the clock of the target, in milliseconds since 1970. */
export interface StartTimes {
  readonly started: number;
  /** When its probe first passed. Absent if the target does not tell. */
  readonly ready?: number;
  /** When it ended. Absent while it runs. */
  readonly ended?: number;
}
