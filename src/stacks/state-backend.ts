import { homedir } from "node:os";
import path from "node:path";

const LOCAL = "file://";

/**
 * A backend's URL as whoever is started in another folder must write it: a local folder in full.
 * @param folder the project's
 */
export function fullBackend(folder: string, url: string): string {
  if (!url.startsWith(LOCAL)) return url;
  const [place = "", query] = url.slice(LOCAL.length).split("?", 2);
  // As massageBlobPath in pkg/backend/diy/backend.go reads it.
  const expanded = place.startsWith("~") ? path.join(homedir(), place.slice(1)) : place;
  return localBackend(path.resolve(folder, expanded), query);
}

/** Where the state is kept when the user has said nothing. */
export function backendInProject(folder: string): string {
  return localBackend(path.join(folder, ".nestbox", "state"));
}

/**
 * Pulumi keeps a sidecar beside every file of a state, which it writes in place: killed there, it can never
 * read the file again. Nobody needs them: https://pkg.go.dev/gocloud.dev/blob/fileblob
 */
function localBackend(folder: string, query = ""): string {
  const parameters = new URLSearchParams(query);
  if (!parameters.has("metadata")) parameters.set("metadata", "skip");
  return `${LOCAL}${folder}?${parameters}`;
}

/**
 * A state's URL without what may differ among those who use it, and without a password: of Postgres user,
 * password, and how the server is connected to; of a local folder what Pulumi is told about it. Of S3, GCS
 * and Azure all parameters stay, since some of them tell which server it is. A local folder of another
 * machine may have the same one: an id kept in the folder would be lost with it, and then nothing would tell
 * whose the things on an engine are.
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

/** A text whose URLs have lost their users and passwords. */
export function withoutCredentials(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/"'@]*@/gi, "$1")
    .replace(/([?&](?:ssl)?password=)[^&\s"']*/gi, "$1…");
}
