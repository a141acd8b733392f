import { existsSync } from "node:fs";
import type { Environment } from "./environment.ts";

/** The environment variables for a file of CA certificates: Nestbox's, then those of common tools. */
const VARIABLES = [
  "NESTBOX_CA_BUNDLE",
  "SSL_CERT_FILE",
  "REQUESTS_CA_BUNDLE",
  "PIP_CERT",
  "NODE_EXTRA_CA_CERTS",
  "CURL_CA_BUNDLE",
];

/** The file with this machine's CA certificates: the first in the environment that exists. */
export function certificateBundle(environment: Environment): string | undefined {
  return VARIABLES.map((name) => environment[name]).find((file) => file !== undefined && existsSync(file));
}
