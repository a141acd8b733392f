/**
 * What a job leaves. `nestbox run` copies it to `.nestbox/artifacts/SANDBOX/JOB/`; in GitLab it is the job's
 * artifacts. All paths start from the working folder, and may be patterns such as `*.xml` and `logs/**`.
 */
export interface Artifacts {
  /** Files and folders. @default those of the reports */
  readonly paths?: readonly string[];
  /** Files that GitLab reads. They are kept as well. */
  readonly reports?: ArtifactReports;
  /** After which ends of the job. @default "on_success" */
  readonly when?: ArtifactCondition;
}

/** Source: https://docs.gitlab.com/ci/yaml/artifacts_reports/ */
export interface ArtifactReports {
  /** The results of tests, in JUnit's format. */
  readonly junit?: string;
  /** Which lines the tests have run. */
  readonly coverage?: { readonly format: "cobertura" | "jacoco"; readonly path: string };
}

/** GitLab's words: https://docs.gitlab.com/ci/yaml/#artifactswhen */
export const ARTIFACT_CONDITIONS = ["on_success", "on_failure", "always"] as const;

export type ArtifactCondition = (typeof ARTIFACT_CONDITIONS)[number];
