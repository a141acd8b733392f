import { ConfigurationError } from "../../model/problem.ts";

/** A proxy between this process and an API server. */
export interface ClusterProxy {
  /** Who names it, for errors: `HTTPS_PROXY`. */
  readonly source: string;
  readonly scheme: Scheme;
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly login?: { readonly user: string; readonly password: string } | undefined;
}

type Scheme = keyof typeof DEFAULT_PORTS;

const DEFAULT_PORTS = { http: 80, https: 443, socks5: 1080 } as const;

/**
 * Parses the address of a proxy. Errors do not repeat it: it may have a password.
 * @throws ConfigurationError for another scheme, and for something else than an address
 */
export function parseProxy(text: string, source: string): ClusterProxy {
  const scheme = /^(https?|socks5)h?:\/\//i.exec(text)?.[1]?.toLowerCase() as Scheme | undefined;
  if (scheme === undefined || !URL.canParse(text)) throw noProxy(source);
  const { hostname, port, username, password } = new URL(text);
  if (hostname === "") throw noProxy(source);
  const login = { user: decoded(username, source), password: decoded(password, source) };
  return {
    ...{ source, scheme, host: hostname.replace(/^\[|\]$/g, "") },
    port: port === "" ? DEFAULT_PORTS[scheme] : Number(port),
    login: username === "" ? undefined : login,
  };
}

function decoded(part: string, source: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw noProxy(source);
  }
}

function noProxy(source: string): ConfigurationError {
  return new ConfigurationError(
    `${source}: is not the address of a proxy; write http://, https:// or socks5:// with its host and port`,
  );
}

/** The address of a proxy, without its user and password. */
export function proxyAddress({ scheme, host, port }: ClusterProxy): string {
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
