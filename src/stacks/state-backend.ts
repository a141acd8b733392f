import { homedir } from "node:os";
import path from "node:path";

const LOCAL = "file://";

/**
 * A backend's URL that is valid in every working directory: that of a local folder gets its full path.
 * @param folder the project folder
 */
export function fullBackend(folder: string, url: string): string {
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
