import { join } from "node:path";
import type { Environment } from "../machine/environment.ts";
import type { PlaceNetwork } from "../model/plan/place-network.ts";
import { PROXY_VARIABLES } from "../model/plan/place-proxies.ts";
import { dockerConfigFolder } from "../registry/docker-config-folder.ts";
import type { DockerHost } from "./host.ts";
import { jsonField } from "./json-field.ts";

/** The keys of config.json by the variables that stand for them. */
const KEYS = {
  HTTP_PROXY: "httpProxy",
  HTTPS_PROXY: "httpsProxy",
  FTP_PROXY: "ftpProxy",
  ALL_PROXY: "allProxy",
  NO_PROXY: "noProxy",
} as const;

/** By variables in upper case. The addresses may have passwords. */
type ProxySettings = Readonly<Partial<Record<keyof typeof KEYS, string>>>;

/**
 * The proxies that the docker command gives to containers and builds of an engine: those for that engine in
 * `proxies` of its config.json, else the default ones. A file that cannot be read has none, as there.
 * https://docs.docker.com/engine/cli/proxy/
 */
export function containerProxies(
  { host }: Pick<DockerHost, "host">,
  environment: Environment,
): ProxySettings {
  const proxies = jsonField(join(dockerConfigFolder(environment), "config.json"), ["proxies"]);
  const { [host]: ofEngine, default: ofOthers } = (proxies ?? {}) as Readonly<Record<string, unknown>>;
  const chosen = (ofEngine ?? ofOthers ?? {}) as Readonly<Record<string, unknown>>;
  const settings = Object.entries(KEYS).map(([name, key]) => [name, chosen[key]] as const);
  return Object.fromEntries(settings.filter(([, value]) => typeof value === "string" && value !== ""));
}

/** What the proxies of an engine add to its network. */
export function proxiesOfNetwork(
  engine: Pick<DockerHost, "host">,
  environment: Environment,
): Pick<PlaceNetwork, "proxies"> {
  const { NO_PROXY: noProxy, ...addresses } = containerProxies(engine, environment);
  const variables = PROXY_VARIABLES.filter((name) => addresses[name] !== undefined);
  if (variables.length === 0 && noProxy === undefined) return {};
  return { proxies: { variables, ...(noProxy !== undefined && { noProxy }) } };
}
