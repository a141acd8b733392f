import type { CatalogService, Connection, ServiceDefinition } from "../model/declaration/service.ts";
import { http } from "../model/probe.ts";

/** The connection of a Docker daemon to a mirror. */
export interface RegistryConnection extends Connection {
  /** The value of `--registry-mirror`: `http://host:port`. */
  readonly url: string;
}

/** Settings of {@link registryMirror}, and properties of a service, which take precedence. */
export interface RegistryMirrorSettings extends Partial<ServiceDefinition> {
  /** The URL of the mirrored registry. @default "https://registry-1.docker.io" */
  readonly upstream?: string;
}

/** A pull-through cache of a registry. @default image `registry:3` */
export function registryMirror({
  upstream = "https://registry-1.docker.io",
  ...service
}: RegistryMirrorSettings = {}): CatalogService<RegistryConnection> {
  return {
    image: "registry:3",
    ports: [5000],
    probe: http(5000, "/v2/"),
    ...service,
    env: { REGISTRY_PROXY_REMOTEURL: upstream, OTEL_TRACES_EXPORTER: "none", ...service.env },
    connection: ({ host, port }) => {
      const url = `http://${host}:${port}`;
      return { url, variables: { REGISTRY_MIRROR: url } };
    },
  };
}
