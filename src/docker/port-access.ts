import { lookup } from "node:dns/promises";
import { isIP, isIPv4 } from "node:net";
import { release, totalmem } from "node:os";
import { isContainerBeside, ownAddresses } from "../machine/container-networks.ts";
import { defaultGateway } from "../machine/default-gateway.ts";
import type { Environment } from "../machine/environment.ts";
import { ConfigurationError } from "../model/problem.ts";
import { askDocker } from "./api.ts";
import { type ContainerOfProcess, containerOfProcess } from "./container-of-process.ts";
import { type DockerHost, isBySsh, socketPath } from "./host.ts";

/** The address that an engine's machine alone reaches. */
export const LOOPBACK = "127.0.0.1";

/** Names the host by which this process reaches published ports, where Nestbox cannot know. */
export const PUBLISHED_HOST = "NESTBOX_PUBLISHED_HOST";

/** How this process reaches the ports that an engine publishes for it. */
export interface PortAccess {
  /** The address of the engine's machine that ports are bound to. Never all of them. */
  readonly address: string;
  /** The host by which this process reaches that address. Absent if it does not. */
  readonly host?: string;
  /** For messages: what decides that, or why this process does not reach it. */
  readonly because: string;
}

/**
 * How this process reaches published ports: by the loopback of a shared machine; from a container of the
 * engine by the gateway of its network; from a container beside a Docker-in-Docker by that one's address.
 * Other engines have a machine of their own, which others reach too: there ports stay on the loopback.
 * @throws ConfigurationError for a variable that names no host
 */
export async function portAccess(engine: DockerHost, environment: Environment): Promise<PortAccess> {
  const { [PUBLISHED_HOST]: named } = environment;
  if (named) return namedAccess(named);
  if (isBySsh(engine)) return { address: LOOPBACK, because: "the engine is reached by ssh" };
  const own = await containerOfProcess(engine);
  if (own !== undefined) return accessFromContainer(own, await askDocker<EngineInfo>(engine, "/info"));
  const addresses = await addressesOf(engine);
  if (addresses.some(isOwn)) return { address: LOOPBACK, host: LOOPBACK, because: "the engine is here" };
  return accessOverNetwork(engine, addresses);
}

/** An address is what ports are bound to, too. A name leads to the loopback of the engine's machine. */
function namedAccess(host: string): PortAccess {
  const because = `${PUBLISHED_HOST} is ${host}`;
  if (!isIPv4(host) && (isIP(host) !== 0 || !/^[\w.-]+$/.test(host)))
    throw new ConfigurationError(`${PUBLISHED_HOST}: ${host}: is no host; name one, or an IPv4 address`);
  if (host === "0.0.0.0")
    throw new ConfigurationError(
      `${PUBLISHED_HOST}: 0.0.0.0 would open services to all networks; name the address to dial`,
    );
  return { address: isIPv4(host) ? host : LOOPBACK, host, because };
}

/** Of `GET /info`. */
interface EngineInfo {
  readonly Name?: string;
  readonly OperatingSystem?: string;
  readonly KernelVersion?: string;
  readonly MemTotal?: number;
  readonly SecurityOptions?: readonly string[] | null;
}

/** The access from a container of the engine. Pure. */
export function accessFromContainer(
  { onHostNetwork, gateways }: ContainerOfProcess,
  { OperatingSystem, SecurityOptions }: EngineInfo,
  usual = defaultGateway(),
): PortAccess {
  const inside = "this process is in a container of the engine";
  if (onHostNetwork)
    return { address: LOOPBACK, host: LOOPBACK, because: `${inside}, on the network of its host` };
  // https://docs.docker.com/desktop/features/networking/networking-how-tos/
  if (OperatingSystem === "Docker Desktop")
    return { address: LOOPBACK, host: "host.docker.internal", because: `${inside}, which is Docker Desktop` };
  // Its ports are opened outside of the network namespace that its bridges are in.
  if (SecurityOptions?.some((option) => option.startsWith("name=rootless")))
    return { address: LOOPBACK, because: `${inside}, which is rootless: it publishes on its host alone` };
  const gateway = gateways.find((one) => one === usual) ?? gateways[0];
  if (gateway === undefined)
    return { address: LOOPBACK, because: `${inside}, and on no network with a gateway` };
  return { address: gateway, host: gateway, because: `${inside}, and ${gateway} is its gateway` };
}

/** The IPv4 addresses of an engine: that of a socket is the loopback. */
async function addressesOf(engine: DockerHost): Promise<readonly string[]> {
  if (socketPath(engine) !== undefined) return [LOOPBACK];
  const found = await lookup(hostOf(engine), { all: true }).catch(() => []);
  return found.map(({ address }) => address).filter((address) => isIPv4(address) || address === "::1");
}

function hostOf({ host }: DockerHost): string {
  return new URL(host).hostname.replace(/^\[|\]$/g, "");
}

function isOwn(address: string): boolean {
  if (address.startsWith("127.") || address === "::1") return true;
  return ownAddresses().some(({ cidr }) => cidr.startsWith(`${address}/`));
}

/**
 * The access to an engine with another address. It is a Docker-in-Docker with a network of its own if it runs
 * in a container of this machine, beside this process: only what is on their network reaches its ports.
 */
async function accessOverNetwork(engine: DockerHost, addresses: readonly string[]): Promise<PortAccess> {
  const host = hostOf(engine);
  const beside = addresses.find((address) => isContainerBeside(address));
  if (beside !== undefined && isNested(await askDocker<EngineInfo>(engine, "/info")))
    return { address: beside, host, because: `${host} is a Docker-in-Docker beside this process` };
  return {
    address: LOOPBACK,
    because: `the engine runs on ${host} and publishes ports only on its loopback interface`,
  };
}

/** Whether an engine runs in a container of this machine that does not share its host's name and network. */
function isNested({ Name = "", OperatingSystem = "", KernelVersion, MemTotal }: EngineInfo): boolean {
  const isInContainer = /^[0-9a-f]{12}$/.test(Name) || OperatingSystem.endsWith("(containerized)");
  return isInContainer && KernelVersion === release() && MemTotal === totalmem();
}
