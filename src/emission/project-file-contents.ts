import { contentOf, filesToCopy } from "../docker/files-to-copy.ts";
import type { ProjectFile } from "../kubernetes/lowering/kubernetes-placement.ts";
import type { Plan } from "../model/plan/plan.ts";

/**
 * The files of the project that services of the plans declare, by declared path.
 * @throws ConfigurationError for a missing file
 */
export function projectFileContents(
  plans: readonly Plan[],
  projectFolder: string,
): Readonly<Record<string, readonly ProjectFile[]>> {
  const declared = plans.flatMap(({ services }) =>
    services.flatMap(({ key, files }) =>
      files.flatMap(({ source }) => ("path" in source ? [{ key, path: source.path }] : [])),
    ),
  );
  return Object.fromEntries(
    declared.map(({ key, path }) => [
      path,
      filesToCopy({ key, files: [{ target: "/", source: { path } }] }, projectFolder).map((file) => ({
        path: file.path.slice(1),
        content: contentOf(file, {}),
        executable: file.mode === 0o555,
      })),
    ]),
  );
}
