import { createHash } from "node:crypto";
import { accessSync, constants, existsSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../machine/environment.ts";
import { ConfigurationError } from "../model/problem.ts";
import { dockerConfigFolder } from "../registry/docker-config-folder.ts";
import { jsonField } from "./json-field.ts";
import { usualSockets } from "./usual-sockets.ts";

/** The address of a Docker engine, and its origin. */
export interface DockerHost {
  /** As in DOCKER_HOST: `unix:///run/docker.sock`, `tcp://127.0.0.1:2375`, `ssh://user@machine`. */
  readonly host: string;
  /** For messages: "DOCKER_HOST", "context remote", "socket of Colima". */
  readonly origin: string;
  /** The folder of ca.pem, and of cert.pem and key.pem if the engine wants them, for TLS. */
  readonly certificates?: string;
  /** Whether the engine's certificate is taken unseen. @default false */
  readonly skipsVerification?: boolean;
  /** The contents of these files, instead of a folder. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
  /** Whether the user selected this engine. No other engine replaces it then. */
  readonly isChosen: boolean;
}

/**
 * The engines to try, in this order, as the docker command does: DOCKER_HOST, else its current context, else
 * the usual sockets.
 * @param platform of this process, for tests
 * @throws ConfigurationError for an address that is none, and for a context that does not exist
 */
export function dockerHosts(
  environment: Environment,
  platform: NodeJS.Platform = process.platform,
): readonly DockerHost[] {
  if (platform === "win32")
    throw new ConfigurationError("Windows: Nestbox reaches no engine from it; run Nestbox in WSL2");
  const { DOCKER_HOST: host } = environment;
  if (host) {
    const origin = "DOCKER_HOST";
    return [{ host: validHost(host, origin), origin, isChosen: true, ...tlsOf(environment) }];
  }
  const file = join(dockerConfigFolder(environment), "config.json");
  const name = environment.DOCKER_CONTEXT || textField(file, ["currentContext"]) || "default";
  if (name !== "default") {
    const place = environment.DOCKER_CONTEXT ? "DOCKER_CONTEXT" : `${file}: currentContext`;
    return [contextHost(name, environment, place)];
  }
  return usualSockets(environment).map(({ path, product }) => ({
    host: `unix://${path}`,
    origin: `socket of ${product}`,
    isChosen: false,
  }));
}

/** Of DOCKER_HOST. DOCKER_TLS is TLS with any engine, as the docker command reads it. */
function tlsOf(environment: Environment): Pick<DockerHost, "certificates" | "skipsVerification"> {
  const { DOCKER_TLS, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH } = environment;
  if (!DOCKER_TLS_VERIFY && !DOCKER_TLS) return {};
  const certificates = DOCKER_CERT_PATH || dockerConfigFolder(environment);
  return { certificates, ...(!DOCKER_TLS_VERIFY && { skipsVerification: true }) };
}

/** The variables by which other clients, such as docker and Pulumi's provider, reach the same engine. */
export function engineVariables(engine: DockerHost): Readonly<Record<string, string>> {
  const { host, origin, certificates, skipsVerification = false } = engine;
  // The variables for TLS belong to DOCKER_HOST. A context is its own.
  if (origin === "DOCKER_HOST") return { DOCKER_HOST: host };
  const isTls = certificates !== undefined || skipsVerification;
  return {
    DOCKER_HOST: host,
    DOCKER_TLS_VERIFY: isTls && !skipsVerification ? "1" : "",
    DOCKER_TLS: skipsVerification ? "1" : "",
    ...(certificates !== undefined && { DOCKER_CERT_PATH: certificates }),
  };
}

/**
 * The address of an engine, if it is one.
 * @param place where it was found
 * @throws ConfigurationError naming the place, and what is valid
 */
export function validHost(host: string, place: string): string {
  if (host.startsWith("npipe:"))
    throw new ConfigurationError(
      `${place}: ${host} is a pipe of Windows, which Nestbox does not reach; run Nestbox in WSL2`,
    );
  const isValid = /^(?:unix:\/\/\/.|(?:tcp|ssh):\/\/[^/])/.test(host) && URL.canParse(host);
  if (isValid) return host;
  throw new ConfigurationError(
    `${place}: ${JSON.stringify(host)} is no address of a Docker engine; ` +
      "use unix:///PATH, tcp://HOST:PORT or ssh://USER@HOST",
  );
}

/** The path of an engine's socket; undefined for an engine without one, such as `tcp://…`. */
export function socketPath({ host }: Pick<DockerHost, "host">): string | undefined {
  const { protocol, pathname } = new URL(host);
  return protocol === "unix:" ? decodeURIComponent(pathname) : undefined;
}

/** Whether an engine is reached by ssh. */
export function isBySsh({ host }: Pick<DockerHost, "host">): boolean {
  return host.startsWith("ssh:");
}

/** Whether to try an engine: always if the user selected it, else if its socket exists. */
export function isCandidate(engine: DockerHost): boolean {
  return engine.isChosen || existsSync(socketPath(engine) ?? "");
}

/** Whether the user selected an engine, or may use its socket. */
export function isUsable(engine: DockerHost): boolean {
  if (engine.isChosen) return true;
  try {
    accessSync(socketPath(engine) ?? "", constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether an engine runs on this machine: its networks share this machine's routes, and ports published on
 * its loopback are reachable here.
 */
export function isOnThisMachine({ host }: Pick<DockerHost, "host">): boolean {
  const { protocol, hostname } = new URL(host);
  if (protocol === "unix:") return true;
  return protocol === "tcp:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/**
 * The engine of a context of the docker command. The hash of its name is the name of its folder.
 * @param place what names the context
 * @throws ConfigurationError for a context that does not exist
 */
export function contextHost(name: string, environment: Environment, place: string): DockerHost {
  const contexts = join(dockerConfigFolder(environment), "contexts");
  const id = createHash("sha256").update(name).digest("hex");
  const file = join(contexts, "meta", id, "meta.json");
  const host = textField(file, ["Endpoints", "docker", "Host"]);
  if (host === undefined)
    throw new ConfigurationError(
      `${place}: context ${JSON.stringify(name)}: not found; docker context ls lists all, ` +
        "and docker context use chooses one",
    );
  const certificates = join(contexts, "tls", id, "docker");
  const origin = `context ${name}`;
  return {
    ...{ host: validHost(host, origin), origin, isChosen: true },
    ...(existsSync(certificates) && { certificates }),
    ...(jsonField(file, ["Endpoints", "docker", "SkipTLSVerify"]) === true && { skipsVerification: true }),
  };
}

/** A text in a JSON file; undefined if there is none. */
function textField(file: string, path: readonly string[]): string | undefined {
  const value = jsonField(file, path);
  return typeof value === "string" && value !== "" ? value : undefined;
}
