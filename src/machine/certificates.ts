import { existsSync } from "node:fs";

/** Where a file with certificates of authorities may be named, ours first, then as common tools have it. */
const VARIABLES = [
  "NESTBOX_CA_BUNDLE",
  "SSL_CERT_FILE",
  "REQUESTS_CA_BUNDLE",
  "PIP_CERT",
  "NODE_EXTRA_CA_CERTS",
  "CURL_CA_BUNDLE",
];

/**
 * The file with the authorities that this machine's network needs, if the environment names one that exists.
 */
export function certificateBundle(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  return VARIABLES.map((name) => environment[name]).find((file) => file !== undefined && existsSync(file));
}
