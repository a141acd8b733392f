import type { CatalogService, Connection, ServiceDefinition } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";

/** What a Docker client needs. */
export interface DockerConnection extends Connection {
  /** `tcp://host:port`, what DOCKER_HOST takes. */
  readonly url: string;
}

/** A catalog service's own settings, and everything that a service may say. What is said wins. */
export interface DindSettings extends Partial<ServiceDefinition> {
  /**
   * Clients must show a certificate. Without it whoever reaches the port is root of the daemon, so only on a
   * network of the sandbox's own.
   * @default true
   */
  readonly tls?: boolean;
}

const CERTIFICATES = "/certs";

/**
 * A Docker daemon of the sandbox's own, Docker-in-Docker. Its container is privileged.
 *
 * Ports and variables follow the image's own rules: https://hub.docker.com/_/docker (docker-library/docker,
 * dockerd-entrypoint.sh).
 * @default image `docker:dind`
 */
export function dind({ tls = true, ...service }: DindSettings = {}): CatalogService<DockerConnection> {
  return {
    image: "docker:dind",
    alias: "docker",
    ports: [tls ? 2376 : 2375],
    privileged: true,
    dockerDaemon: { tls },
    // By its own socket, which is open when the certificates are made and the daemon serves.
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

const CLIENT_CERTIFICATES = `${CERTIFICATES}/client`;

/**
 * Until the daemon shows the certificates that it has just made, those of an earlier one may lie in the
 * shared folder: asking again is right.
 */
const INFO_BY_TLS = {
  run: [
    ...["docker", "--host", "tcp://{host}:{port}", "--tlsverify"],
    ...["--tlscacert", `${CLIENT_CERTIFICATES}/ca.pem`],
    ...["--tlscert", `${CLIENT_CERTIFICATES}/cert.pem`, "--tlskey", `${CLIENT_CERTIFICATES}/key.pem`],
    "info",
  ],
};

/** The certificate is good for `docker` and `localhost`; other aliases must be added to it. */
function sanVariable(
  tls: boolean,
  { alias = [] }: Partial<ServiceDefinition>,
): { readonly DOCKER_TLS_SAN?: string } {
  const others = (typeof alias === "string" ? [alias] : alias).filter((name) => name !== "docker");
  return tls && others.length > 0 ? { DOCKER_TLS_SAN: others.map((name) => `DNS:${name}`).join(",") } : {};
}
