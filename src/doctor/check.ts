/** The result of one check. */
export interface Check {
  /** A stable short name, for programs. */
  readonly id: string;
  /** `warning`: it works, with a drawback. `unknown`: it could not be determined from here. */
  readonly state: "good" | "warning" | "problem" | "unknown";
  readonly finding: string;
  /** The fix of a warning or a problem. */
  readonly remedy?: string;
}
