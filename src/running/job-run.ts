import type { Labels } from "../model/labels.ts";

/** What distinguishes one run of a job from its plan. */
export interface JobRunDetails {
  /** The suffix of the names of what the run creates. */
  readonly id: string;
  /** The image, if an earlier job has built it. @default the planned one */
  readonly image?: string;
  /** Variables on top of the planned ones. @default none */
  readonly variables?: Readonly<Record<string, string>>;
  /** Labels of everything that the run creates. @default none */
  readonly labels?: Labels;
}

/** How a run of a job is followed. */
export interface FollowedRun {
  readonly projectFolder: string;
  readonly stdout: NodeJS.WritableStream;
  /** Ends the job early, for Ctrl-C. */
  readonly signal: AbortSignal;
  /** Receives failures after the job's end. They do not change its result. */
  readonly warn: (message: string) => void;
}
