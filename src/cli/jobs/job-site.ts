import type { PlannedJob } from "../../model/plan/plan.ts";
import type { HeldLease } from "../../ownership/lease.ts";
import type { JobEnd } from "../../running/job-end.ts";

/** A running sandbox, as a job needs it, and the lease of the sandbox or the job. */
export interface JobSite extends Pick<HeldLease, "lost" | "confirm"> {
  /** The values of the secrets, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Aborted by Ctrl-C. @default the job reacts to it by itself */
  readonly interrupted?: AbortSignal;
  /**
   * Provides an image that an earlier job has built.
   * @param path the property that names the image, for errors
   * @throws ConfigurationError if the registry refuses the image or does not have it
   */
  provideImage(path: string, image: string): Promise<void>;
  /** Makes the services reachable from this machine, until the work in the site ends. */
  reach(): Promise<HostPort>;
  /** Why services have stopped since the work began, by key, each with its last output. */
  stoppedServices(): Promise<Readonly<Record<string, string>>>;
  /** Runs a job in a new container on the sandbox's networks. */
  runJob(job: PlannedJob, run: SiteRun): Promise<JobEnd>;
}

/** The port of this machine that leads to a port of a service; undefined if none does. */
export type HostPort = (service: string, port: number) => number | undefined;

/** One run of a job. */
export interface SiteRun {
  readonly image: string;
  /** Variables on top of the planned ones. */
  readonly variables: Readonly<Record<string, string>>;
  /** Ends the job early. */
  readonly signal: AbortSignal;
  /** Receives failures that do not change the result. */
  readonly warn: (message: string) => void;
}

/**
 * Works in a sandbox: in that of a stack, or in one that was started for the command.
 * @param networks the keys of the networks that the work needs
 */
export type WithSite = <Result>(
  networks: readonly string[],
  work: (site: JobSite) => Promise<Result>,
) => Promise<Result>;
