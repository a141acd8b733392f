/** The result of a job. */
export type JobEnd =
  /** `variables`: the content of the job's `variablesFile`; undefined if the job wrote none. */
  | { readonly kind: "exited"; readonly exitCode: number; readonly variables?: string }
  | { readonly kind: "timed out" }
  | { readonly kind: "interrupted" };

/** Whether a job has ended by itself, and well. */
export function succeeded(end: JobEnd): boolean {
  return end.kind === "exited" && end.exitCode === 0;
}
