import { posix } from "node:path";
import type { PlannedJob } from "../../model/plan/plan.ts";
import { shellWord } from "../../model/shell.ts";
import type { YamlValue } from "../../text/yaml.ts";

type CachedJob = Pick<PlannedJob, "cache" | "projectFiles" | "workingFolder" | "workingFolderIsFree">;

/** Where the checkout has the caches of a working folder outside of it: GitLab caches nothing else. */
const KEPT = ".nestbox/job-cache";

/**
 * The cache of a job in `cache:`, with the paths from the checkout.
 * https://docs.gitlab.com/ci/yaml/#cache
 * @param folder the project's folder in its repository, with a slash at its end. @default the root
 */
export function cacheEntries(job: CachedJob, folder = ""): readonly YamlValue[] {
  const { cache, projectFiles, workingFolderIsFree } = job;
  if (cache === undefined) return [];
  const checkout = projectFiles === undefined ? "" : posix.join(folder, projectFiles);
  const start = workingFolderIsFree ? checkout : KEPT;
  const { key, paths } = cache;
  return [
    {
      key: typeof key === "string" ? key : { files: key.files.map((file) => posix.join(folder, file)) },
      paths: paths.map((path) => posix.join(start, path)),
    },
  ];
}

/** The commands that link a working folder outside of the checkout to its caches there. */
export function linkCache({ cache, workingFolder, workingFolderIsFree }: CachedJob): readonly string[] {
  if (cache === undefined || workingFolderIsFree) return [];
  return cache.paths.flatMap((path) => {
    const target = posix.join(workingFolder, path);
    const kept = `"$CI_PROJECT_DIR"/${shellWord(posix.join(KEPT, path))}`;
    return [
      `mkdir -p ${kept} ${shellWord(posix.dirname(target))}`,
      `rm -rf ${shellWord(target)}`,
      `ln -s ${kept} ${shellWord(target)}`,
    ];
  });
}
