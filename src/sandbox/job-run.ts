import type { Labels } from "../model/labels.ts";
import type { Timed } from "../timings/timings.ts";
import type { KeepArtifacts } from "./running-sandbox.ts";

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
export interface FollowedRun extends Timed {
  readonly projectFolder: string;
  readonly stdout: NodeJS.WritableStream;
  /** @default they are lost */
  readonly keepArtifacts?: KeepArtifacts;
  /** Called once its commands have ended and all their output is there. @default nothing */
  readonly commandsEnded?: () => void;
  /** Ends the job early, for Ctrl-C. */
  readonly signal: AbortSignal;
  /** Receives failures after the job's end. They do not change its result. */
  readonly warn: (message: string) => void;
}
