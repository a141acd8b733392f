import { readFileSync } from "node:fs";
import { ConfigurationError } from "../../model/problem.ts";

/**
 * Reads CA certificates for GitLab, in PEM. They end up on a volume that is readable on the runner's host.
 * @throws ConfigurationError for a file that is unreadable, has no certificate, or contains a private key
 */
export function readCaCertificates(file: string): string {
  const content = contentOf(file);
  if (content.includes("PRIVATE KEY-----")) {
    throw new ConfigurationError(
      `${file}: the file contains a private key; name a file with only CA certificates`,
    );
  }
  if (content.includes("-----BEGIN CERTIFICATE-----")) return content;
  throw new ConfigurationError(`${file}: the file contains no certificate; ${REMEDY}`);
}

const REMEDY = "name a file with CA certificates in PEM";

function contentOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigurationError(`${file}: the certificates cannot be read (${code}); ${REMEDY}`);
  }
}
