/** One thing that was looked at. */
export interface Check {
  /** A short name that stays: programs may rely on it. */
  readonly id: string;
  /** `warning`: it works, with a drawback. `unknown`: it could not be seen from here. */
  readonly state: "good" | "warning" | "problem" | "unknown";
  /** What is there. */
  readonly finding: string;
  /** What to do about a warning or a problem. */
  readonly remedy?: string;
}
