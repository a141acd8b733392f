import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** The address of a Docker engine, and its origin. */
export interface DockerHost {
  /** As in DOCKER_HOST: `unix:///run/docker.sock`, `tcp://127.0.0.1:2375`, `ssh://user@machine`. */
  readonly host: string;
  /** For messages: "DOCKER_HOST", "context remote", "socket". */
  readonly origin: string;
  /** The folder of ca.pem, cert.pem and key.pem, for TLS. */
  readonly certificates?: string;
  /** The contents of these files, instead of a folder. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
  /** Whether the user selected this engine. No other engine replaces it then. */
  readonly isChosen: boolean;
}

/**
 * The engines to try, in this order, as the docker command does: DOCKER_HOST, else its current context, else
 * the usual sockets.
 */
export function dockerHosts(environment: NodeJS.ProcessEnv = process.env): readonly DockerHost[] {
  const { DOCKER_HOST: host, XDG_RUNTIME_DIR: runtime } = environment;
  if (host) {
    const certificates = environment.DOCKER_CERT_PATH || configFolder(environment);
    const tls = environment.DOCKER_TLS_VERIFY ? { certificates } : {};
    return [{ host, origin: "DOCKER_HOST", isChosen: true, ...tls }];
  }
  const file = join(configFolder(environment), "config.json");
  const name = environment.DOCKER_CONTEXT || textField(file, ["currentContext"]) || "default";
  const context = name === "default" ? undefined : contextHost(name, environment);
  if (context !== undefined) return [context];
  const paths = ["/var/run/docker.sock", ...(runtime ? [join(runtime, "docker.sock")] : [])];
  return paths.map((path) => ({ host: `unix://${path}`, origin: "socket", isChosen: false }));
}

/** The path of an engine's socket; undefined for an engine without one, such as `tcp://…`. */
export function socketPath({ host }: Pick<DockerHost, "host">): string | undefined {
  const { protocol, pathname } = new URL(host);
  return protocol === "unix:" ? decodeURIComponent(pathname) : undefined;
}

/** Whether to try an engine: always if the user selected it, else if its socket exists. */
export function isCandidate(engine: DockerHost): boolean {
  return engine.isChosen || existsSync(socketPath(engine) ?? "");
}

/**
 * Whether an engine runs on this machine: its networks share this machine's routes, and ports published on
 * its loopback are reachable here.
 */
export function isOnThisMachine({ host }: Pick<DockerHost, "host">): boolean {
  const { protocol, hostname } = new URL(host);
  if (protocol === "unix:" || protocol === "npipe:") return true;
  return protocol === "tcp:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

function configFolder(environment: NodeJS.ProcessEnv): string {
  return environment.DOCKER_CONFIG || join(environment.HOME || homedir(), ".docker");
}

/** The engine of a context of the docker command. The hash of its name is the name of its folder. */
export function contextHost(
  name: string,
  environment: NodeJS.ProcessEnv = process.env,
): DockerHost | undefined {
  const config = configFolder(environment);
  const id = createHash("sha256").update(name).digest("hex");
  const host = textField(join(config, "contexts", "meta", id, "meta.json"), ["Endpoints", "docker", "Host"]);
  if (host === undefined) return undefined;
  const certificates = join(config, "contexts", "tls", id, "docker");
  const tls = existsSync(join(certificates, "ca.pem")) ? { certificates } : {};
  return { host, origin: `context ${name}`, isChosen: true, ...tls };
}

/** A text in a JSON file; undefined if there is none. */
function textField(file: string, path: readonly string[]): string | undefined {
  try {
    const value: unknown = path.reduce((found, key) => found[key], JSON.parse(readFileSync(file, "utf8")));
    return typeof value === "string" && value !== "" ? value : undefined;
  } catch {
    return undefined;
  }
}
