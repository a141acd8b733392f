import { createHash } from "node:crypto";
import { posix } from "node:path";
import { requireFolder } from "../machine/archive-folder.ts";
import { declaredFiles } from "../machine/declared-files.ts";
import { hashFile } from "../machine/hash-file.ts";
import { isMounted } from "../model/file-source.ts";
import type { Plan, PlannedJob, PlannedService } from "../model/plan/plan.ts";
import type { KnownFile } from "./expectations.ts";

/** The most files of a job's folder that are compared. */
const ENOUGH = 20;

/**
 * The files of the project that services and jobs declare, by key; of a job's folder some.
 * @param nonce what their hashes begin with
 * @throws ConfigurationError for a missing file
 */
export async function projectFilesOf(
  { services, jobs }: Plan,
  projectFolder: string,
  nonce: string,
): Promise<Readonly<Record<string, readonly KnownFile[]>>> {
  const known: Record<string, readonly KnownFile[]> = {};
  const hashed = async ({ file, path, mayChange }: CopiedFile): Promise<KnownFile> => {
    const hash = createHash("sha256").update(nonce);
    await hashFile(hash, file);
    return { path, hash: hash.digest("hex"), ...(mayChange && { mayChange }) };
  };
  for (const service of services)
    known[service.key] = await Promise.all(filesOfService(service, projectFolder).map(hashed));
  for (const job of jobs)
    known[`prove-${job.key}`] = await Promise.all((await filesOfJob(job, projectFolder)).map(hashed));
  return known;
}

/** A file of this machine, and its path in a container. */
interface CopiedFile {
  readonly file: string;
  readonly path: string;
  /** Whether the service may write it. @default false */
  readonly mayChange?: boolean;
}

function filesOfService({ key, files }: PlannedService, projectFolder: string): readonly CopiedFile[] {
  return files.flatMap(({ target, source }) =>
    "path" in source
      ? declaredFiles(projectFolder, source.path, key).map(({ file, relative }) => ({
          file,
          path: posix.join(target, relative),
          mayChange: isMounted(source),
        }))
      : [],
  );
}

async function filesOfJob(
  { projectFiles }: PlannedJob,
  projectFolder: string,
): Promise<readonly CopiedFile[]> {
  const files = projectFiles === undefined ? [] : await requireFolder(projectFolder, projectFiles);
  return files
    .filter(({ stats }) => stats.isFile())
    .slice(0, ENOUGH)
    .map(({ name, file }) => ({ file, path: `./${name}` }));
}
