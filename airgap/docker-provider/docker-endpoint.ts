import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Where a Docker engine listens, and the certificates to show it. */
export interface DockerEndpoint {
  /** `unix:///run/docker.sock`, `tcp://host:2376` or `ssh://user@host`. */
  readonly host: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** The provider's configuration, as far as it says where the engine is. */
export interface EndpointConfig {
  readonly host?: string | undefined;
  readonly context?: string | undefined;
  readonly certPath?: string | undefined;
  readonly caMaterial?: string | undefined;
  readonly certMaterial?: string | undefined;
  readonly keyMaterial?: string | undefined;
}

/** What is looked at on the machine: passed in, so that a test needs no machine of its own. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
}

/** A context that the configuration names and the machine does not have. The message says where it was looked for. */
export class UnknownDockerContext extends Error {
  override readonly name = "UnknownDockerContext";
}

const defaultHost = "unix:///var/run/docker.sock";

/**
 * Finds the engine as Docker's own command line does: the provider's `host`, its `context`, DOCKER_HOST,
 * DOCKER_CONTEXT, the current context, and the machine's socket, in this order.
 *
 * @throws UnknownDockerContext
 */
export function dockerEndpoint(config: EndpointConfig, surroundings: Surroundings): DockerEndpoint {
  const { environment } = surroundings;
  if (config.host) return { host: config.host, ...certificates(config, environment.DOCKER_CERT_PATH) };
  if (config.context) return contextEndpoint(config.context, surroundings);
  if (environment.DOCKER_HOST) {
    return { host: environment.DOCKER_HOST, ...certificates(config, environment.DOCKER_CERT_PATH) };
  }
  const context = environment.DOCKER_CONTEXT || currentContext(surroundings);
  return context === undefined ? { host: defaultHost } : contextEndpoint(context, surroundings);
}

function certificates(config: EndpointConfig, certPathOfEnvironment: string | undefined) {
  if (config.caMaterial && config.certMaterial && config.keyMaterial) {
    return { ca: config.caMaterial, cert: config.certMaterial, key: config.keyMaterial };
  }
  const folder = config.certPath || certPathOfEnvironment;
  return folder ? certificatesIn(folder) : {};
}

function certificatesIn(folder: string) {
  if (!existsSync(join(folder, "ca.pem"))) return {};
  const read = (file: string) => readFileSync(join(folder, file), "utf8");
  return { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
}

function configFolder({ environment, homeFolder }: Surroundings): string {
  return environment.DOCKER_CONFIG || join(homeFolder, ".docker");
}

function currentContext(surroundings: Surroundings): string | undefined {
  const file = join(configFolder(surroundings), "config.json");
  if (!existsSync(file)) return undefined;
  const { currentContext } = JSON.parse(readFileSync(file, "utf8")) as { currentContext?: string };
  return currentContext || undefined;
}

/** Docker keeps a context in a folder named by the SHA-256 of the context's name. */
function contextEndpoint(name: string, surroundings: Surroundings): DockerEndpoint {
  if (name === "default") return { host: defaultHost };
  const contexts = join(configFolder(surroundings), "contexts");
  const folder = createHash("sha256").update(name).digest("hex");
  const file = join(contexts, "meta", folder, "meta.json");
  if (!existsSync(file)) {
    throw new UnknownDockerContext(
      `there is no Docker context "${name}" in ${contexts}: docker context ls shows those there are`,
    );
  }
  const { Endpoints } = JSON.parse(readFileSync(file, "utf8")) as { Endpoints: { docker: { Host: string } } };
  return { host: Endpoints.docker.Host, ...certificatesIn(join(contexts, "tls", folder, "docker")) };
}
