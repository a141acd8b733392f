import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Environment } from "../machine/environment.ts";
import { ConfigurationError } from "../model/problem.ts";
import { loadYaml } from "../text/load-yaml.ts";

const LOCAL = "file://";

/**
 * The full URL of the configured backend: PULUMI_BACKEND_URL, else `backend.url` of Pulumi.yaml.
 * @param folder the project folder
 * @returns undefined without either
 * @throws ConfigurationError for a `backend.url` that is not a string
 */
export function configuredBackend(folder: string, environment: Environment): string | undefined {
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

/**
 * A backend's URL that is valid in every working directory: that of a local folder gets its full path.
 * @param folder the project folder
 */
function fullBackend(folder: string, url: string): string {
  if (!url.startsWith(LOCAL)) return url;
  const [folderPath = "", query] = url.slice(LOCAL.length).split("?", 2);
  // As massageBlobPath in Pulumi's pkg/backend/diy/backend.go does.
  const expanded = folderPath.startsWith("~") ? path.join(homedir(), folderPath.slice(1)) : folderPath;
  return localBackend(path.resolve(folder, expanded), query);
}

/** The backend of a project without a configured one. */
export function backendInProject(folder: string): string {
  return localBackend(path.join(folder, ".nestbox", "state"));
}

/** The folder in which Pulumi keeps its files. Undefined for a backend that is not a local folder. */
export function localState(url: string | undefined): string | undefined {
  return url?.startsWith("file:///") ? path.join(fileURLToPath(url), ".pulumi") : undefined;
}

/** Whether a backend is usable. A local folder that Pulumi never wrote to may be an unmounted one. */
export function isThere(url: string | undefined): boolean {
  const state = localState(url);
  return state === undefined || existsSync(state);
}

/**
 * The URL of a local folder, without metadata files: Pulumi writes those in place, and a kill meanwhile makes
 * the state unreadable. See https://pkg.go.dev/gocloud.dev/blob/fileblob
 */
function localBackend(folder: string, query = ""): string {
  const parameters = new URLSearchParams(query);
  if (!parameters.has("metadata")) parameters.set("metadata", "skip");
  return `${LOCAL}${folder}?${parameters}`;
}

/**
 * The URL of a state without the parts that differ among its users, such as user, password and options.
 * For S3, GCS and Azure all parameters stay, because some of them identify the server.
 *
 * Local folders on two machines may have the same URL. An id in the folder would disappear with it, and the
 * owner of the resources on an engine would be unknown.
 */
export function stateAddress(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  const address = withoutCredentials(url);
  const [server, query = ""] = address.split("?", 2);
  if (address.startsWith(LOCAL)) return server;
  if (!/^postgres(ql)?:/.test(address)) return address;
  const table = new URLSearchParams(query).get("table");
  return table === null ? server : `${server}?table=${table}`;
}

/** A text without the users and passwords of its URLs. */
export function withoutCredentials(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/"'@]*@/gi, "$1")
    .replace(/([?&](?:ssl)?password=)[^&\s"']*/gi, "$1…");
}
