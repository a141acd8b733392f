import type { CatalogService, Connection } from "../model/declaration/service.ts";
import { http } from "../model/probe.ts";
import type { CatalogEntry, OptionOf } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";

/** The connection of a Docker daemon to a mirror. */
export interface RegistryConnection extends Connection {
  /** The value of `--registry-mirror`: `http://host:port`. */
  readonly url: string;
}

/** Settings of {@link registryMirror}, and properties of a service, which take precedence. */
export interface RegistryMirrorSettings extends CatalogSettings<RegistryConnection> {
  /** The URL of the mirrored registry. @default "https://registry-1.docker.io" */
  readonly upstream?: string;
}

/** The default image of the registry. */
export const REGISTRY_IMAGE = "registry:3";

/** A pull-through cache of a registry. @default image `registry:3` */
export function registryMirror({
  upstream = "https://registry-1.docker.io",
  ...service
}: RegistryMirrorSettings = {}): CatalogService<RegistryConnection> {
  return {
    image: REGISTRY_IMAGE,
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

export const REGISTRY_MIRROR: CatalogEntry<OptionOf<RegistryMirrorSettings>> = {
  ...{ name: "registry-mirror", from: "registryMirror", declare: registryMirror, key: "mirror" },
  options: { upstream: '`"https://registry-1.docker.io"`' },
  readyWhen: "its API answers",
  check: { image: registryMirror().image, script: 'wget -qO- "$REGISTRY_MIRROR/v2/"' },
  // The image asks its upstream when it starts.
  reachesOut: true,
};
