import type { PlannedFile } from "./plan.ts";
import type { Environment } from "./service.ts";
import type { Surroundings } from "./surroundings.ts";

/** Where a container finds the certificates that this machine's network needs. */
const CERTIFICATES = "/run/nestbox/certificates.pem";

/** The variables by which common tools find certificates: OpenSSL and Go, pip, requests, Node, curl, git. */
const CERTIFICATE_VARIABLES = [
  "SSL_CERT_FILE",
  "PIP_CERT",
  "REQUESTS_CA_BUNDLE",
  "NODE_EXTRA_CA_CERTS",
  "CURL_CA_BUNDLE",
  "GIT_SSL_CAINFO",
] as const;

/** The certificates as a container gets them. */
export interface Certificates {
  readonly env: Environment;
  readonly files: readonly PlannedFile[];
}

export const NO_CERTIFICATES: Certificates = { env: {}, files: [] };

/** What lets common tools in a container trust what this machine trusts. */
export function certificatesFrom({ certificates }: Surroundings): Certificates {
  if (certificates === undefined) return NO_CERTIFICATES;
  return {
    env: Object.fromEntries(CERTIFICATE_VARIABLES.map((name) => [name, CERTIFICATES])),
    files: [{ target: CERTIFICATES, source: { hostPath: certificates } }],
  };
}
