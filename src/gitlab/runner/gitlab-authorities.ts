import { readFileSync } from "node:fs";
import { ConfigurationError } from "../../model/problem.ts";

/**
 * The certificates of the authorities that GitLab's own is from, as PEM. They are no secret, and go to where
 * everybody on the runner's host may read them.
 * @throws ConfigurationError for a file that cannot be read, holds none, or holds a private key
 */
export function readAuthorities(file: string): string {
  const content = contentOf(file);
  if (content.includes("PRIVATE KEY-----")) {
    throw new ConfigurationError(
      `${file}: certificates must hold the certificates of authorities alone, and there is a private key in it; name another file`,
    );
  }
  if (content.includes("-----BEGIN CERTIFICATE-----")) return content;
  throw new ConfigurationError(
    `${file}: certificates must be a file with certificates of authorities in PEM`,
  );
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigurationError(
      `${file}: the certificates cannot be read (${code}); name a file with certificates of authorities in PEM`,
    );
  }
}
