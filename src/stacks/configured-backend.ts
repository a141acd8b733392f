import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { ConfigurationError } from "../model/problem.ts";
import { loadYaml } from "../text/load-yaml.ts";
import { fullBackend } from "./state-backend.ts";

/**
 * The full URL of the configured backend: PULUMI_BACKEND_URL, else `backend.url` of Pulumi.yaml.
 * @param folder the project folder
 * @returns undefined without either
 * @throws ConfigurationError for a `backend.url` that is not a string
 */
export function configuredBackend(
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const url = environment.PULUMI_BACKEND_URL || backendOfProject(path.join(folder, "Pulumi.yaml"));
  return url === undefined ? undefined : fullBackend(folder, url);
}

/** See https://www.pulumi.com/docs/iac/concepts/projects/project-file/#backend-options */
function backendOfProject(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const { backend } = loadYaml().parse(readFileSync(file, "utf8")) as { readonly backend?: unknown };
  const { url } = (backend ?? {}) as { readonly url?: unknown };
  if (url === undefined || url === null || typeof url === "string") return url || undefined;
  throw new ConfigurationError(
    `Pulumi.yaml: backend.url is ${JSON.stringify(url)}; it must be a URL such as "s3://states"`,
  );
}
