import type { Progress } from "../../terminal/progress.ts";
import type { ProcessEnvironment } from "../workspace/process-environment.ts";

export interface PulumiRun {
  readonly command: string;
  readonly operation: "up" | "destroy";
  /** Compares the state with the engine first. @default false */
  readonly refresh?: boolean;
  /** Removes the stack and its settings after a complete destroy. @default false */
  readonly remove?: boolean;
  readonly folder: string;
  readonly stack: string;
  readonly environment: ProcessEnvironment;
  readonly progress: Progress;
  /** Interrupts the operation, as Ctrl-C does. */
  readonly signal?: AbortSignal | undefined;
}
