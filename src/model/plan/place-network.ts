import type { Environment } from "../text.ts";
import type { PlaceProxies } from "./place-proxies.ts";
import type { Given, PlannedContainer, PlannedService } from "./plan.ts";

/** What the network of a place requires of containers. */
export interface PlaceNetwork {
  /** The largest packet that leaves the place, in bytes. @default 1500 */
  readonly mtu?: number;
  /** The URL from which nested Docker daemons pull images first: `"http://172.17.0.1:5000"`. @default none */
  readonly registryMirror?: string;
  /** The path of a PEM file with authorities that services and jobs trust as well. @default none */
  readonly certificates?: string;
  /** The proxies that its containers get. @default none */
  readonly proxies?: PlaceProxies;
}

/** The largest packet of an ordinary network, in bytes. */
const USUAL_MTU = 1500;

/** The MTU where it is smaller than usual. */
export function reducedMtu({ mtu }: PlaceNetwork): number | undefined {
  return mtu !== undefined && mtu < USUAL_MTU ? mtu : undefined;
}

/** The command of a service in this network. A Docker daemon takes MTU and registry mirror as arguments. */
export function commandIn(
  network: PlaceNetwork,
  { command, dockerDaemon }: Given<PlannedService, "command" | "dockerDaemon">,
): readonly string[] | undefined {
  if (dockerDaemon === undefined) return command;
  const mtu = reducedMtu(network);
  const added = [
    ...(mtu === undefined ? [] : [`--mtu=${mtu}`]),
    ...(network.registryMirror === undefined ? [] : mirrorOptions(network.registryMirror)),
  ];
  return added.length === 0 ? command : [...(command ?? []), ...added];
}

/** BuildKit asks a mirror without TLS for TLS, unless it is named as a registry without it, too. */
function mirrorOptions(mirror: string): readonly string[] {
  const [, host] = /^http:\/\/([^/]+)/.exec(mirror) ?? [];
  return [`--registry-mirror=${mirror}`, ...(host === undefined ? [] : [`--insecure-registry=${host}`])];
}

/** Where a container finds the certificates of the place. */
export const CERTIFICATES = "/run/nestbox/certificates.pem";

/** The variables by which common tools find certificates: OpenSSL and Go, pip, requests, Node, curl, git. */
const CERTIFICATE_VARIABLES = [
  "SSL_CERT_FILE",
  "PIP_CERT",
  "REQUESTS_CA_BUNDLE",
  "NODE_EXTRA_CA_CERTS",
  "CURL_CA_BUNDLE",
  "GIT_SSL_CAINFO",
] as const;

/** The environment of a container in this network. */
export function environmentIn(
  network: PlaceNetwork,
  { env, placeCertificates }: Pick<PlannedContainer, "env" | "placeCertificates">,
): Environment {
  if (!placeCertificates || network.certificates === undefined) return env;
  return { ...Object.fromEntries(CERTIFICATE_VARIABLES.map((name) => [name, CERTIFICATES])), ...env };
}
