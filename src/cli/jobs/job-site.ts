import type { DockerPlacement } from "../../docker/lowering/placement.ts";
import type { Labels } from "../../model/labels.ts";

/** A running sandbox, as a job needs it. */
export interface JobSite {
  readonly placement: DockerPlacement;
  /** The labels of all resources of the job. */
  readonly labels: Labels;
  /** The values of the secrets, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Aborted once another process has taken over the sandbox, or the stack's clean-up the job. */
  readonly lost: AbortSignal;
  /** @throws LeaseLost if that has happened, also a moment ago */
  confirm(): Promise<void>;
  /** Aborted by Ctrl-C. @default the job reacts to it by itself */
  readonly interrupted?: AbortSignal;
  /** Called between the job's end and its removal. @default nothing */
  readonly beforeRemoval?: () => Promise<unknown>;
}

/**
 * Works in a sandbox: in that of a stack, or in one that was started for the command.
 * @param networks the keys of the networks that the work needs
 */
export type WithSite = <Result>(
  networks: readonly string[],
  work: (site: JobSite) => Promise<Result>,
) => Promise<Result>;
