import type { CatalogService, Connection, ServiceDefinition } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import type { CatalogEntry, OptionOf } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";

/** The connection of a Docker client. */
export interface DockerConnection extends Connection {
  /** The value of DOCKER_HOST: `tcp://host:port`. */
  readonly url: string;
}

/** Settings of {@link dind}, and properties of a service, which take precedence. */
export interface DindSettings extends CatalogSettings<DockerConnection> {
  /**
   * Whether the daemon requires client certificates. Without them, every client that reaches the port is root
   * of the daemon.
   * @default true
   */
  readonly tls?: boolean;
}

const CERTIFICATES = "/certs";

/** The default image of the daemon. */
export const DIND_IMAGE = "docker:dind";

/** The folder that the daemon shares with its clients. */
export const CLIENT_CERTIFICATES = `${CERTIFICATES}/client`;

/**
 * A Docker daemon in a privileged container: Docker-in-Docker.
 *
 * Ports and variables: https://hub.docker.com/_/docker (docker-library/docker, dockerd-entrypoint.sh)
 * @default image `docker:dind`
 */
export function dind({ tls = true, ...service }: DindSettings = {}): CatalogService<DockerConnection> {
  return {
    image: DIND_IMAGE,
    alias: "docker",
    ports: [tls ? 2376 : 2375],
    privileged: true,
    dockerDaemon: { tls },
    // The daemon opens its socket only after the certificates exist.
    probe: exec(["docker", "--host", "unix:///var/run/docker.sock", "info"], {
      within: "60s",
      fromOutside: tls ? INFO_BY_TLS : { send: "GET /_ping HTTP/1.0\r\n\r\n", expect: "HTTP/1.0 200" },
    }),
    ...(tls && { shares: [CLIENT_CERTIFICATES] }),
    ...service,
    env: { DOCKER_TLS_CERTDIR: tls ? CERTIFICATES : "", ...sanVariable(tls, service), ...service.env },
    connection: ({ host, port }) => {
      const url = `tcp://${host}:${port}`;
      return {
        url,
        variables: {
          DOCKER_HOST: url,
          ...(tls && { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: CLIENT_CERTIFICATES }),
        },
      };
    },
  };
}

/** The shared folder may still contain certificates of an earlier daemon, so the first probes may fail. */
const INFO_BY_TLS = {
  run: [
    ...["docker", "--host", "tcp://{host}:{port}", "--tlsverify"],
    ...["--tlscacert", `${CLIENT_CERTIFICATES}/ca.pem`],
    ...["--tlscert", `${CLIENT_CERTIFICATES}/cert.pem`, "--tlskey", `${CLIENT_CERTIFICATES}/key.pem`],
    "info",
  ],
};

/** The variable with other aliases for the certificate, which includes only `docker` and `localhost`. */
function sanVariable(
  tls: boolean,
  { alias = [] }: Partial<ServiceDefinition>,
): { readonly DOCKER_TLS_SAN?: string } {
  const others = (typeof alias === "string" ? [alias] : alias).filter((name) => name !== "docker");
  return tls && others.length > 0 ? { DOCKER_TLS_SAN: others.map((name) => `DNS:${name}`).join(",") } : {};
}

export const DIND: CatalogEntry<OptionOf<DindSettings>> = {
  ...{ name: "docker", from: "dind", declare: dind, key: "docker" },
  options: { tls: "`true`" },
  readyWhen: "`docker info` answers",
  check: { image: "docker:25.0.0-cli", script: "docker info --format '{{.ServerVersion}}'" },
};
