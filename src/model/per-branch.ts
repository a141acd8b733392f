/** Settings of the GitLab CI jobs that manage a stack for each branch. */
export interface PerBranch {
  /** The name of a declared runner. @default the first runner that takes jobs of every branch */
  readonly runner?: string;
  /** @default "test" */
  readonly stage?: string;
}
