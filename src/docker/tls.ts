import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigurationError } from "../model/problem.ts";
import type { DockerHost } from "./host.ts";

/** Of the options of a TLS connection. */
interface TlsOptions {
  readonly ca?: Buffer | string;
  readonly cert?: Buffer | string;
  readonly key?: Buffer | string;
  readonly rejectUnauthorized?: false;
}

/**
 * How to connect to an engine by TLS; undefined for an engine without.
 * @throws ConfigurationError naming the files that are missing
 */
export function tlsOptions(engine: DockerHost): TlsOptions | undefined {
  const { tls, certificates, skipsVerification = false, origin } = engine;
  const unseen = skipsVerification ? ({ rejectUnauthorized: false } as const) : {};
  if (tls) return { ...tls, ...unseen };
  if (certificates === undefined) return skipsVerification ? unseen : undefined;
  const [ca, cert, key] = ["ca.pem", "cert.pem", "key.pem"].map((name) => read(join(certificates, name)));
  const missing = [
    ...(ca === undefined && !skipsVerification ? ["ca.pem"] : []),
    ...(cert === undefined && key !== undefined ? ["cert.pem"] : []),
    ...(key === undefined && cert !== undefined ? ["key.pem"] : []),
  ];
  if (missing.length > 0)
    throw new ConfigurationError(
      `${origin}: no ${missing.join(", ")} in ${certificates}; ` +
        "put the engine's certificates there, or set DOCKER_CERT_PATH to their folder",
    );
  // Without a CA nothing can be verified: the CAs of Node know no engine.
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), ...unseen };
}

function read(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** What a server of TLS answers to a plain request: in Go, and in nginx. */
export const WANTS_TLS = /HTTP request (?:was sent )?to (?:an )?HTTPS/i;

/** The error of an engine that was asked without TLS. */
export function needsTls({ host, origin }: DockerHost): ConfigurationError {
  const how = origin.startsWith("context ")
    ? "add ca, cert and key to the context by docker context update --docker"
    : "set DOCKER_TLS_VERIFY=1, and DOCKER_CERT_PATH to the folder of ca.pem, cert.pem and key.pem";
  return new ConfigurationError(`${origin}: the engine at ${host} needs TLS; ${how}`);
}

/** A better error for a TLS connection that failed; every other error unchanged. */
export function explainTls(error: Error, { host, origin }: DockerHost): Error {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (/^(?:EPROTO|ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG))$/.test(code) && isPlain(error))
    return new ConfigurationError(
      `${origin}: the engine at ${host} speaks no TLS; unset DOCKER_TLS_VERIFY, or use its port with TLS`,
    );
  if (!/^(?:CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO_|ERR_TLS_|ERR_SSL_)/.test(code)) return error;
  // Node adds advice about its own options.
  const [reason] = error.message.split(";");
  return new ConfigurationError(
    `${origin}: TLS with the engine at ${host} failed: ${reason}; use the certificates of this engine`,
  );
}

function isPlain({ message }: Error): boolean {
  return /wrong version number|packet length too long|http request/i.test(message);
}
