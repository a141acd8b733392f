import type { CatalogService, Connection, ServiceDefinition } from "../model/declaration/service.ts";
import { http } from "../model/probe.ts";

/** What a Docker daemon needs to pull through a mirror. */
export interface RegistryConnection extends Connection {
  /** `http://host:port`, what `--registry-mirror` takes. */
  readonly url: string;
}

/** A catalog service's own settings, and everything that a service may say. What is said wins. */
export interface RegistryMirrorSettings extends Partial<ServiceDefinition> {
  /** The registry that it pulls through, once for each layer. @default "https://registry-1.docker.io" */
  readonly upstream?: string;
}

/** A registry that pulls through and keeps what it pulled. @default image `registry:3` */
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
