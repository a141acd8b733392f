import { createHash } from "node:crypto";
import { type DeclaredFile, declaredFiles } from "../machine/declared-files.ts";
import { hashFile } from "../machine/hash-file.ts";
import { base36Digest } from "../model/names.ts";
import type { PlannedJob, PlannedService } from "../model/plan/plan.ts";
import type { SeedStep } from "../model/seed.ts";

/**
 * A hash of all that a seed depends on: its steps, the files that they read, and the service's image.
 * Lower-case letters and digits.
 * @throws ConfigurationError for a file that is missing
 */
export async function seedHash(
  { key, image, seed = [] }: Pick<PlannedService, "key" | "image" | "seed">,
  jobs: readonly PlannedJob[],
  projectFolder: string,
): Promise<string> {
  const contents = (paths: readonly string[]) =>
    Promise.all(paths.flatMap((path) => declaredFiles(projectFolder, path, key)).map(contentOf));
  const inputsOf = async (step: SeedStep): Promise<unknown> => {
    if ("files" in step) return [step, await contents(step.files)];
    if ("command" in step) return [step, await contents(step.inputs ?? [])];
    const job = jobs.find((one) => one.key === step.job);
    return [job, await contents(job?.projectFiles === undefined ? [] : [job.projectFiles])];
  };
  return base36Digest(JSON.stringify([image, ...(await Promise.all(seed.map(inputsOf)))]), 12);
}

async function contentOf({ file, relative }: Pick<DeclaredFile, "file" | "relative">) {
  const hash = createHash("sha256");
  await hashFile(hash, file);
  return [relative, hash.digest("hex")];
}
