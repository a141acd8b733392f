import type { Connection } from "../model/declaration/service.ts";
import type { Text } from "../model/text.ts";

/** The connection of a client that takes a URL. */
export interface UrlConnection extends Connection {
  /** With user and password where the service has them. A secret in it must be URL-safe. */
  readonly url: Text;
}
