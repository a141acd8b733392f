/**
 * Folders that later runs of a job find as an earlier one left them: a volume on an engine, GitLab's cache in
 * CI. It may be empty at any time.
 */
export interface JobCache {
  /** Folders, from the working folder. */
  readonly paths: readonly string[];
  /** Jobs and runs with equal keys share a cache. @default one for the job */
  readonly key?: {
    /** One or two files, from the project's folder. Other contents are another cache. */
    readonly files: readonly string[];
  };
}

/** The most files of a key: https://docs.gitlab.com/ci/yaml/#cachekeyfiles */
export const KEY_FILES = 2;
