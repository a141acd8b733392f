/** What the jobs in GitLab CI say that keep a stack for each branch. */
export interface PerBranch {
  /** The name of a declared runner. @default the first that takes jobs of every branch */
  readonly runner?: string;
  /** @default "test" */
  readonly stage?: string;
}
