import { buffer } from "node:stream/consumers";
import { contentOf, filesToCopy } from "../docker/files-to-copy.ts";
import { archiveFolder } from "../machine/archive-folder.ts";
import type { Plan } from "../model/plan/plan.ts";
import type { KnownFile } from "./expectations.ts";

/** The most files of a job's folder that are compared. */
const ENOUGH = 20;

/**
 * The files of the project that services and jobs declare, by key; of a job's folder some.
 * @throws ConfigurationError for a missing file
 */
export async function projectFilesOf(
  { services, jobs }: Plan,
  projectFolder: string,
): Promise<Readonly<Record<string, readonly KnownFile[]>>> {
  const ofServices = services.map(({ key, files }) => {
    const ofProject = files.filter(({ source }) => "path" in source);
    const copied = filesToCopy({ key, files: ofProject }, projectFolder);
    return [key, copied.map((file) => ({ path: file.path, content: contentOf(file, {}) }))] as const;
  });
  const ofJobs = jobs.map(async ({ key, projectFiles }) => {
    const files = projectFiles === undefined ? [] : await filesIn(projectFolder, projectFiles);
    return [`prove-${key}`, files] as const;
  });
  return Object.fromEntries([...ofServices, ...(await Promise.all(ofJobs))]);
}

async function filesIn(projectFolder: string, folder: string): Promise<readonly KnownFile[]> {
  const { extract } = await import("tar-stream");
  const archive = extract();
  archive.end(await archiveFolder(projectFolder, folder));
  const files: KnownFile[] = [];
  for await (const entry of archive) {
    if (entry.header.type === "file" && files.length < ENOUGH)
      files.push({ path: `./${entry.header.name}`, content: await buffer(entry) });
    else entry.resume();
  }
  return files;
}
