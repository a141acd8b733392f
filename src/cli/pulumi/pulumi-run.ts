import type { Progress } from "../../terminal/progress.ts";
import type { Environment } from "../workspace/stack-plan.ts";

/** A Pulumi operation on a stack. */
export interface PulumiRun {
  readonly command: string;
  readonly operation: "up" | "destroy";
  /** Looks first at what has become of what the state knows. @default false */
  readonly refresh?: boolean;
  /** Removes the stack and its settings too, once all in it is destroyed. @default false */
  readonly remove?: boolean;
  readonly folder: string;
  readonly stack: string;
  readonly environment: Environment;
  readonly progress: Progress;
}
