import { posix } from "node:path";
import type { PlannedJob } from "../../model/plan/plan.ts";
import { shellWord } from "../../model/shell.ts";
import { filled, type YamlValue } from "../../text/yaml.ts";

type JobWithArtifacts = Pick<
  PlannedJob,
  "artifacts" | "variablesFile" | "projectFiles" | "workingFolder" | "workingFolderIsFree"
>;

/** Where the checkout gets a copy of a working folder outside of it: GitLab keeps nothing from elsewhere. */
const COPIED = ".nestbox/working-folder";

/**
 * `artifacts:` of a job, with the paths from the checkout.
 * @param folder the project's folder in its repository, with a slash at its end
 */
export function artifactsEntry(job: JobWithArtifacts, folder: string): YamlValue | undefined {
  const { artifacts, variablesFile } = job;
  if (artifacts === undefined && variablesFile === undefined) return undefined;
  const { paths = [], reports: { junit, coverage } = {}, when = "on_success" } = artifacts ?? {};
  const inCheckout = (path: string) => posix.join(keptFolder(job, folder), path);
  return {
    paths: filled(paths.map(inCheckout)),
    when: when === "on_success" ? undefined : when,
    reports: filled({
      ...(variablesFile !== undefined && { dotenv: variablesFile }),
      ...(junit !== undefined && { junit: inCheckout(junit) }),
      ...(coverage !== undefined && {
        coverage_report: { coverage_format: coverage.format, path: inCheckout(coverage.path) },
      }),
    }),
  };
}

/** The commands that copy a working folder outside of the checkout into it. */
export function copyArtifacts(job: JobWithArtifacts): readonly string[] {
  if (job.artifacts === undefined || job.workingFolderIsFree) return [];
  const copy = `"$CI_PROJECT_DIR"/${COPIED}`;
  return [`mkdir -p ${copy}`, `cp -R ${shellWord(job.workingFolder)}/. ${copy}`];
}

function keptFolder({ workingFolderIsFree, projectFiles }: JobWithArtifacts, folder: string): string {
  if (!workingFolderIsFree) return COPIED;
  return projectFiles === undefined ? "" : posix.join(folder, projectFiles);
}
