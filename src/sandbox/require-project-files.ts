import { requireFolder } from "../machine/archive-folder.ts";
import { declaredFiles } from "../machine/declared-files.ts";
import { mountedFolder } from "../machine/mounted-folder.ts";
import { isMounted } from "../model/file-source.ts";
import type { Plan, PlannedJob } from "../model/plan/plan.ts";

/**
 * Checks the files of the project that services get, before something starts.
 * @throws ConfigurationError for the first that is missing or cannot be copied
 */
export function requireServiceFiles({ services }: Pick<Plan, "services">, projectFolder: string): void {
  for (const { key, files } of services)
    for (const { source } of files) {
      if (isMounted(source)) mountedFolder(projectFolder, source.path, key);
      else if ("path" in source) declaredFiles(projectFolder, source.path, key);
    }
}

/**
 * Checks the folders of the project that jobs get, before something starts.
 * @throws ConfigurationError for the first that is missing or has a file that cannot be copied
 */
export async function requireJobFolders(
  jobs: readonly Pick<PlannedJob, "projectFiles">[],
  projectFolder: string,
): Promise<void> {
  const folders = new Set(jobs.flatMap(({ projectFiles = [] }) => projectFiles));
  for (const folder of folders) await requireFolder(projectFolder, folder);
}
