/** A way in which jobs fail: what their log shows, why, and what to do about it. */
export interface Failure {
  /** A short name that stays: programs may rely on it. */
  readonly id: string;
  /** What a line of the log says. One of them is enough. */
  readonly symptoms: readonly RegExp[];
  /** What some line of the log must say as well. */
  readonly onlyWith?: RegExp;
  /** What no line of the log may say. */
  readonly neverWith?: RegExp;
  readonly cause: string;
  readonly remedy: string;
  /** Where the rule comes from: a page, or a file of a public project. */
  readonly source: string;
}
