import { readFileSync } from "node:fs";
import { type DeclaredFile, declaredFiles } from "../machine/declared-files.ts";
import type { Plan } from "../model/plan/plan.ts";
import { ConfigurationError } from "../model/problem.ts";
import type { ProjectFile } from "./lowering/kubernetes-placement.ts";
import { LARGEST_CONFIG_MAP } from "./lowering/pod-files.ts";

/**
 * The files of the project that services of the plans declare, by declared path.
 * @throws ConfigurationError for a missing file, and for what no ConfigMap holds, which is not read
 */
export function projectFileContents(
  plans: readonly Plan[],
  projectFolder: string,
): Readonly<Record<string, readonly ProjectFile[]>> {
  const contents = (declared: string, service: string) => {
    const files = declaredFiles(projectFolder, declared, service);
    requireFit(files, service);
    return files.map(({ file, relative, executable }) => ({
      ...{ path: relative, content: readFileSync(file), executable },
    }));
  };
  const services = plans.flatMap((plan) => plan.services);
  return Object.fromEntries(
    services.flatMap(({ key, files }) =>
      files.flatMap(({ source }) => ("path" in source ? [[source.path, contents(source.path, key)]] : [])),
    ),
  );
}

function requireFit(files: readonly DeclaredFile[], service: string): void {
  const [largest] = files.toSorted((one, other) => other.size - one.size);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (largest === undefined || bytes <= LARGEST_CONFIG_MAP) return;
  const mebibytes = (size: number) => `${(size / 1024 ** 2).toFixed(1)} MiB`;
  const all = files.length === 1 ? "" : ` of ${mebibytes(bytes)}`;
  throw new ConfigurationError(
    `${largest.file}: has ${mebibytes(largest.size)}${all}, and a ConfigMap holds 1 MiB; ` +
      `remove it from the files of "${service}", or use an image that contains it`,
  );
}
