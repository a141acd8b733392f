import { readFileSync } from "node:fs";
import path from "node:path";
import { declaredFiles } from "../machine/declared-files.ts";
import type { Plan } from "../model/plan/plan.ts";
import type { ProjectFile } from "./lowering/kubernetes-placement.ts";

/**
 * The files of the project that services of the plans declare, by declared path.
 * @throws ConfigurationError for a missing file
 */
export function projectFileContents(
  plans: readonly Plan[],
  projectFolder: string,
): Readonly<Record<string, readonly ProjectFile[]>> {
  const contents = (declared: string, service: string) =>
    declaredFiles(path.join(projectFolder, declared), service).map(({ file, relative, executable }) => ({
      ...{ path: relative, content: readFileSync(file), executable },
    }));
  const services = plans.flatMap((plan) => plan.services);
  return Object.fromEntries(
    services.flatMap(({ key, files }) =>
      files.flatMap(({ source }) => ("path" in source ? [[source.path, contents(source.path, key)]] : [])),
    ),
  );
}
