import { BlockList, isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import { defaultGateway } from "./default-gateway.ts";
import { textOf } from "./proc.ts";

/** An address of this machine, with the interface that has it. */
export interface OwnAddress {
  readonly name: string;
  /** With the length of its network's prefix: `172.17.0.5/16`. */
  readonly cidr: string;
}

/** This machine's IPv4 addresses, without those of the loopback. */
export function ownAddresses(): readonly OwnAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, entries = []]) =>
    entries.flatMap(({ family, internal, cidr }) =>
      family === "IPv4" && !internal && cidr !== null ? [{ name, cidr }] : [],
    ),
  );
}

/**
 * Whether an address is that of a container on a network of this process, which ends on this machine: not
 * that of the machine behind the network, and not one on a network of machines.
 * @param folder of the system's network interfaces
 */
export function isContainerBeside(
  address: string,
  addresses = ownAddresses(),
  gateway = defaultGateway(),
  folder = "/sys/class/net",
): boolean {
  if (!isIPv4(address) || address === gateway) return false;
  return addresses.some(({ name, cidr }) => isWithin(address, cidr) && isOfContainers(`${folder}/${name}`));
}

function isWithin(address: string, cidr: string): boolean {
  const [network = "", prefix = ""] = cidr.split("/");
  const range = new BlockList();
  range.addSubnet(network, Number(prefix));
  return range.check(address);
}

/** Whether an interface is a bridge, or an end of a pair, as containers have. A network card is neither. */
function isOfContainers(folder: string): boolean {
  const read = (file: string) => textOf(`${folder}/${file}`)?.trim();
  if (read("bridge/bridge_id") !== undefined) return true;
  // Interfaces on top of a network card have its number, too, and name their kind.
  const [own, other] = [read("ifindex"), read("iflink")];
  return other !== undefined && own !== other && !/^DEVTYPE=/m.test(read("uevent") ?? "");
}
