import { refusalAt } from "../../machine/refusal-at.ts";
import { type ComponentIdentity, isPartOf, LABEL } from "../../model/labels.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { Address, AddressOf } from "../../sandbox/running-sandbox.ts";
import type { EngineFacts } from "../facts.ts";
import { type DockerHost, isBySsh, socketPath } from "../host.ts";
import { LOOPBACK, type PortAccess, PUBLISHED_HOST } from "../port-access.ts";

/** The published TCP ports of a component, as addresses of the engine's machine. */
export function publishedAddresses(
  { containers }: Pick<EngineFacts, "containers">,
  component: ComponentIdentity,
): AddressOf {
  return (key, port) => {
    const container = containers.find(
      ({ labels, running }) =>
        running &&
        isPartOf(component, labels) &&
        labels[LABEL.kind] === "service" &&
        labels[LABEL.part] === key,
    );
    const found = container?.publishedPorts.find((one) => one.container === port && one.protocol === "tcp");
    return found && { host: found.address, port: found.host };
  };
}

/** The services with an address for their first port. */
function firstAddresses(
  { services }: Plan,
  addressOf: AddressOf,
): readonly (Address & { readonly key: string; readonly container: number })[] {
  return services.flatMap(({ key, ports: [container] }) => {
    const address = container === undefined ? undefined : addressOf(key, container);
    return address === undefined || container === undefined ? [] : [{ ...address, key, container }];
  });
}

/** The addresses by which this process reaches published ones, where it does. */
export function reachableAddresses(access: PortAccess, published: AddressOf): AddressOf {
  return (service, port) => {
    const address = published(service, port);
    if (address === undefined) return undefined;
    const host = hostFor(access, address.host);
    return host === undefined ? undefined : { host, port: address.port };
  };
}

/** @param bound the address of the engine's machine that a port is bound to */
function hostFor(access: PortAccess, bound: string): string | undefined {
  if (bound === access.address || /^(?:0\.0\.0\.0|::)?$/.test(bound)) return access.host;
  // Another address of the engine's machine than its loopback, such as the gateway of another container.
  return bound.startsWith("127.") || access.host === undefined ? undefined : bound;
}

/** What lets this process reach ports that an engine publishes. */
export function howToReach(engine: DockerHost): string {
  const byTunnel = socketPath(engine) === undefined ? "name the engine as ssh://USER@HOST, or " : "";
  return `${byTunnel}set ${PUBLISHED_HOST} to an address of the engine's machine that this process reaches`;
}

/**
 * Checks that the services are reachable from this process.
 * @param advice what the user can do, if this process reaches no port of the engine
 * @throws ConfigurationError
 */
export function requireReachable(access: PortAccess, plan: Plan, published: AddressOf, advice: string): void {
  const addressOf = reachableAddresses(access, published);
  const reached = firstAddresses(plan, addressOf);
  const all = firstAddresses(plan, published);
  const missing = all.find(({ key }) => !reached.some((one) => one.key === key));
  if (missing === undefined) return;
  const { key, container, host } = missing;
  throw new ConfigurationError(
    `${plan.sandbox}.services.${key}: port ${container} is published on ${host} of the engine's machine, ` +
      `which this process does not reach: ${access.because}; ${access.host === undefined ? advice : ANOTHER}`,
  );
}

/** For a sandbox that was brought up elsewhere, where this process would reach others. */
const ANOTHER = "use one of this process: nestbox run --fresh";

/** How to reach ports that stay: by a command of the user's, if the engine is on another machine. */
export function lastingAdvice(engine: DockerHost, plan: Plan, published: AddressOf): string {
  if (socketPath(engine) !== undefined) return howToReach(engine);
  const { username, hostname, port: loginPort } = new URL(engine.host);
  const login = isBySsh(engine) && loginPort !== "" ? `-p ${loginPort} ` : "";
  const machine = `${login}${username === "" ? "" : `${username}@`}${hostname}`;
  const ports = firstAddresses(plan, published).map(({ host, port }) => `-L ${port}:${host}:${port}`);
  return (
    "run nestbox env there, or forward the ports and add --from-engine-host:\n" +
    `  ssh -N ${ports.join(" ")} ${machine}`
  );
}

/**
 * Dials the first port of each service.
 * @throws ConfigurationError naming the address where nothing answers
 */
export async function requireAnswers(access: PortAccess, plan: Plan, addressOf: AddressOf): Promise<void> {
  await Promise.all(
    firstAddresses(plan, addressOf).map(async ({ key, container, ...address }) => {
      const refusal = await refusalAt(address);
      if (refusal === undefined) return;
      throw new ConfigurationError(
        `${plan.sandbox}.services.${key}: nothing answers at ${address.host}:${address.port} (${refusal}), ` +
          `where its port ${container} is published: ${access.because}; ` +
          `set ${PUBLISHED_HOST} to the host by which this process reaches the engine's ports`,
      );
    }),
  );
}

/** The addresses of published ports on this machine, through the connection to the engine. */
export async function forwardedAddresses(
  engine: DockerHost,
  { services }: Plan,
  addressOf: AddressOf,
): Promise<AddressOf> {
  const { sshTunnel } = await import("../ssh-tunnel.ts");
  const tunnel = await sshTunnel(engine);
  const ports = services.flatMap(({ key, ports }) =>
    ports.flatMap((port) => addressOf(key, port)?.port ?? []),
  );
  const forwarded = new Map(
    await Promise.all(ports.map(async (port) => [port, await tunnel.forward(port)] as const)),
  );
  return (service, port) => {
    const local = forwarded.get(addressOf(service, port)?.port ?? 0);
    return local === undefined ? undefined : { host: LOOPBACK, port: local };
  };
}
