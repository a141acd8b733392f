import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { Environment } from "../../machine/environment.ts";
import { ClusterUnreachable } from "./cluster-error.ts";
import type { ContextCredentials, CredentialProgram, KubernetesContext } from "./kubeconfig.ts";

/** What a request proves its user with. */
export type RequestCredentials = Pick<ContextCredentials, "token" | "certificate" | "key">;

/** Credentials of a context that expire are read again a minute before that. */
const MARGIN = 60_000;

/**
 * Returns a function that reads the current credentials of a context. It runs the context's program only when
 * its last credentials are over, or are those that were refused.
 * @param environment of the program
 * @throws ClusterUnreachable if they cannot be had (the returned function)
 */
export function credentialReader(
  { name, credentials }: KubernetesContext,
  environment: Environment,
): (refused?: RequestCredentials) => Promise<RequestCredentials> {
  const { program, tokenFile, ...fixed } = credentials;
  if (program !== undefined) return cached(() => runProgram(name, program, environment));
  if (tokenFile === undefined) return async () => fixed;
  return async () => ({ ...fixed, token: await readToken(name, tokenFile) });
}

interface ExpiringCredentials extends RequestCredentials {
  /** In milliseconds since 1970. */
  readonly expires: number;
}

function cached(
  read: () => Promise<ExpiringCredentials>,
): (refused?: RequestCredentials) => Promise<RequestCredentials> {
  let last: Promise<ExpiringCredentials> | undefined;
  return async (refused) => {
    const before = last;
    const current = await before?.catch(() => undefined);
    const isOver = current === undefined || current === refused || Date.now() > current.expires - MARGIN;
    // Another request may have read them meanwhile.
    if (last === undefined || (last === before && isOver)) last = read();
    return last;
  };
}

async function readToken(context: string, file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    throw new ClusterUnreachable(
      `Kubernetes context "${context}": its token cannot be read (${(error as Error).message}); renew it`,
    );
  }
}

/** What a credential program prints. */
interface ExecCredential {
  readonly status?: {
    readonly token?: string;
    readonly clientCertificateData?: string;
    readonly clientKeyData?: string;
    readonly expirationTimestamp?: string;
  };
}

async function runProgram(
  context: string,
  program: CredentialProgram,
  environment: Environment,
): Promise<ExpiringCredentials> {
  const { command, words, apiVersion, cluster } = program;
  const info = { apiVersion, kind: "ExecCredential", spec: { interactive: false, cluster } };
  const env = { ...environment, ...program.environment, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  try {
    const { stdout } = await promisify(execFile)(command, [...words], { env });
    const { status = {} } = JSON.parse(stdout) as ExecCredential;
    const { token, clientCertificateData: certificate, clientKeyData: key, expirationTimestamp } = status;
    const expires = expirationTimestamp === undefined ? Infinity : Date.parse(expirationTimestamp);
    return { token, certificate, key, expires };
  } catch (error) {
    const { stderr, message, code } = error as NodeJS.ErrnoException & { readonly stderr?: string };
    if (code === "ENOENT") {
      const hint = program.installHint?.trim() || "install it, or use another context";
      throw new ClusterUnreachable(
        `Kubernetes context "${context}": the exec plugin ${command} is missing; ${hint}`,
      );
    }
    throw new ClusterUnreachable(
      `Kubernetes context "${context}": ${command} printed no credentials (${stderr?.trim() || message}); ` +
        "log in to the cluster again",
    );
  }
}
