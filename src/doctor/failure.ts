/** A known failure of jobs: its symptoms in the log, its cause and its remedy. */
export interface Failure {
  /** A stable short name, for programs. */
  readonly id: string;
  /** Patterns of log lines. One match is enough. */
  readonly symptoms: readonly RegExp[];
  /**
   * Who writes the lines: the runner about its own engine, or anything else, such as the job's script.
   * Default: either.
   */
  readonly saidBy?: "runner" | "job";
  /** A pattern that some line of the log must match as well. */
  readonly onlyWith?: RegExp;
  /** A pattern that no line of the log may match. */
  readonly neverWith?: RegExp;
  /** A symptom with many causes. It is reported only where no other failure is found. */
  readonly general?: true;
  readonly cause: string;
  readonly remedy: string;
  /** The origin of the rule: a page, or a file of a public project. */
  readonly source: string;
}
