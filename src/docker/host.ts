import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** An engine's address and how it came to be ours. */
export interface DockerHost {
  /** As in DOCKER_HOST: `unix:///run/docker.sock`, `tcp://127.0.0.1:2375`, `ssh://user@machine`. */
  readonly host: string;
  /** For messages: "DOCKER_HOST", "context remote", "socket". */
  readonly origin: string;
  /** Where ca.pem, cert.pem and key.pem are, if the engine speaks TLS. */
  readonly certificates?: string;
  /** Whether the user asked for this very engine: then no other may take its place. */
  readonly isChosen: boolean;
}

/**
 * The engines that this environment names, the one to try first in front: DOCKER_HOST, else the current
 * context of the docker command, else the usual sockets, as the docker command itself has it.
 */
export function dockerHosts(environment: NodeJS.ProcessEnv = process.env): readonly DockerHost[] {
  const fromEnvironment = environment.DOCKER_HOST;
  if (fromEnvironment) {
    const certificates = environment.DOCKER_TLS_VERIFY ? certificateFolder(environment) : undefined;
    return [
      { host: fromEnvironment, origin: "DOCKER_HOST", isChosen: true, ...(certificates && { certificates }) },
    ];
  }
  const context = currentContext(environment);
  if (context !== undefined) return [context];
  return socketPaths(environment).map((path) => ({
    host: `unix://${path}`,
    origin: "socket",
    isChosen: false,
  }));
}

/** The path of the socket that an engine listens on; undefined for one that is reached in another way. */
export function socketPath({ host }: Pick<DockerHost, "host">): string | undefined {
  const { protocol, pathname } = new URL(host);
  return protocol === "unix:" ? decodeURIComponent(pathname) : undefined;
}

/**
 * Whether an engine is to be tried: one that was chosen, there or not, and of the usual sockets one that
 * exists.
 */
export function isCandidate(engine: DockerHost): boolean {
  return engine.isChosen || existsSync(socketPath(engine) ?? "");
}

/**
 * Whether an engine's host is this machine: its networks share this machine's routes and way out, and what is
 * published on its loopback is reached from here.
 */
export function isOnThisMachine({ host }: Pick<DockerHost, "host">): boolean {
  const { protocol, hostname } = new URL(host);
  if (protocol === "unix:" || protocol === "npipe:") return true;
  return protocol === "tcp:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

function certificateFolder(environment: NodeJS.ProcessEnv): string {
  return environment.DOCKER_CERT_PATH || configFolder(environment);
}

function configFolder(environment: NodeJS.ProcessEnv): string {
  return environment.DOCKER_CONFIG || join(environment.HOME || homedir(), ".docker");
}

/** Contexts are kept in folders named by the hash of their name. */
function currentContext(environment: NodeJS.ProcessEnv): DockerHost | undefined {
  const config = configFolder(environment);
  const name = environment.DOCKER_CONTEXT || textField(join(config, "config.json"), ["currentContext"]);
  if (name === undefined || name === "default") return undefined;
  const id = createHash("sha256").update(name).digest("hex");
  const host = textField(join(config, "contexts", "meta", id, "meta.json"), ["Endpoints", "docker", "Host"]);
  if (host === undefined) return undefined;
  const certificates = join(config, "contexts", "tls", id, "docker");
  const tls = existsSync(join(certificates, "ca.pem")) ? { certificates } : {};
  return { host, origin: `context ${name}`, isChosen: true, ...tls };
}

function socketPaths(environment: NodeJS.ProcessEnv): readonly string[] {
  const runtime = environment.XDG_RUNTIME_DIR;
  return ["/var/run/docker.sock", ...(runtime ? [join(runtime, "docker.sock")] : [])];
}

function textField(file: string, path: readonly string[]): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return typeof value === "string" && value !== "" ? value : undefined;
}
