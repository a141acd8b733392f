import { type Environment, secret, type Text } from "../text.ts";
import type { Plan } from "./plan.ts";

/** The variables with addresses of proxies, by the names that programs read in upper and in lower case. */
export const PROXY_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY"] as const;

/**
 * The proxies that a place gives to its containers. Their addresses may have passwords, so each is a secret
 * with the name of its variable, which no declared secret can have.
 */
export interface PlaceProxies {
  /** Those with an address. */
  readonly variables: readonly (typeof PROXY_VARIABLES)[number][];
  /** The hosts that are reached without them, in the words of NO_PROXY. @default none */
  readonly noProxy?: string;
}

/** Names that every container has for itself. */
const ITSELF = ["localhost", "127.0.0.1", "::1"] as const;

/** The variables of proxies for the containers of a sandbox, in both cases. */
export function proxyEnvironment(proxies: PlaceProxies | undefined, plan: Plan): Environment {
  const ofProxies = (proxies?.variables ?? []).map((name) => [name, secret(name)] as const);
  return inBothCases({ ...Object.fromEntries(ofProxies), ...noProxyVariable(proxies, plan) });
}

/** NO_PROXY for the containers of a sandbox, in both cases. No proxy knows the names of its containers. */
export function noProxyEnvironment(
  proxies: PlaceProxies | undefined,
  plan: Plan,
): Readonly<Record<string, string>> {
  return inBothCases(noProxyVariable(proxies, plan));
}

function noProxyVariable(
  proxies: PlaceProxies | undefined,
  { services, jobs }: Plan,
): Readonly<Record<string, string>> {
  if (proxies === undefined) return {};
  // Curl and Python know it alone.
  if (proxies.noProxy?.trim() === "*") return { NO_PROXY: "*" };
  const declared = proxies.noProxy?.split(",").map((host) => host.trim()) ?? [];
  const aliases = [...services, ...jobs].flatMap((container) => container.aliases);
  const hosts = new Set([...declared, ...ITSELF, ...aliases].filter((host) => host !== ""));
  return { NO_PROXY: [...hosts].join(",") };
}

/** Variables by their names in upper case, and by those in lower case. Programs read either. */
export function inBothCases<Value extends Text>(
  variables: Readonly<Record<string, Value>>,
): Readonly<Record<string, Value>> {
  const lower = Object.entries(variables).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { ...variables, ...Object.fromEntries(lower) };
}
