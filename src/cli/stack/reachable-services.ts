import type { EngineFacts } from "../../docker/facts.ts";
import { type DockerHost, isOnThisMachine } from "../../docker/host.ts";
import { connectionAt } from "../../model/declaration/references.ts";
import type { Sandbox } from "../../model/declaration/sandbox.ts";
import type { Connection, DeclaredService } from "../../model/declaration/service.ts";
import { type ComponentIdentity, isPartOf, LABEL } from "../../model/labels.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { Text } from "../../model/text.ts";
import { runningComponent } from "./running-component.ts";

/** A service that clients reach at an address, and the variables for them. */
export interface ReachableService {
  readonly sandbox: string;
  readonly service: string;
  /** The port of the address that leads to its first port. */
  readonly port: number;
  readonly variables: Readonly<Record<string, Text>>;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** The address of all published ports in a plan. */
const LOOPBACK = "127.0.0.1";

/**
 * The running services of an owner's sandboxes with a published first port.
 * @param chosen the component that has the sandboxes. @default that of their name, else the only one
 * @throws ConfigurationError if a component has to be chosen, or the chosen one has no such sandbox
 */
export function reachableServices(
  sandboxes: readonly Sandbox[],
  facts: EngineFacts,
  owner: string,
  chosen?: string,
): readonly ReachableService[] {
  return sandboxes.flatMap((sandbox) => {
    const labelled = [...facts.networks, ...facts.containers];
    const component = runningComponent(sandbox.name, labelled, owner, chosen);
    return reachableAt(sandbox, publishedPort(facts, component));
  });
}

/** Finds the host port of a component's service. */
export function publishedPort(
  { containers }: Pick<EngineFacts, "containers">,
  component: ComponentIdentity,
): (service: string, port: number) => number | undefined {
  return (key, port) => {
    const container = containers.find(
      ({ labels, running }) =>
        running &&
        isPartOf(component, labels) &&
        labels[LABEL.kind] === "service" &&
        labels[LABEL.part] === key,
    );
    return container?.publishedPorts.find((published) => published.container === port)?.host;
  };
}

/**
 * The services of a sandbox with a published first port.
 * @param hostPort the host port of a service's port; undefined for one that is not published
 */
export function reachableAt(
  sandbox: Sandbox,
  hostPort: (service: string, port: number) => number | undefined,
): readonly ReachableService[] {
  return servicesAt(sandbox, (service, first) => {
    const port = hostPort(service, first);
    return port === undefined ? undefined : { host: LOOPBACK, port };
  });
}

/**
 * The services of a sandbox at the addresses of their first ports.
 * @param addressOf undefined for a service without an address
 */
export function servicesAt(
  { name, services }: Sandbox,
  addressOf: (service: string, port: number) => Address | undefined,
): readonly ReachableService[] {
  return Object.entries(services).flatMap(([key, service]) => {
    const [first] = service.ports ?? [];
    const address = first === undefined ? undefined : addressOf(key, first);
    if (address === undefined) return [];
    return [
      { sandbox: name, service: key, port: address.port, variables: variablesAt(key, service, address) },
    ];
  });
}

/**
 * Checks that the services are reachable from this machine.
 * @throws ConfigurationError for an engine on another machine, with the command for a tunnel
 */
export function requireReachable(engine: DockerHost, services: readonly ReachableService[]): void {
  if (isOnThisMachine(engine)) return;
  const { username, hostname } = new URL(engine.host);
  const machine = username === "" ? hostname : `${username}@${hostname}`;
  const ports = services.map(({ port }) => `-L ${port}:${LOOPBACK}:${port}`).join(" ");
  throw new ConfigurationError(
    `${engine.origin}: the engine runs on ${hostname} and publishes ports only on its loopback interface; ` +
      `run nestbox env there, or forward the ports and add --from-engine-host:\n  ssh -N ${ports} ${machine}`,
  );
}

/**
 * The variables of all services. An ambiguous name gets the service as its prefix, and if it is still
 * ambiguous the sandbox, too.
 */
export function joinVariables(services: readonly ReachableService[]): Readonly<Record<string, Text>> {
  const namings: readonly ((name: string, service: ReachableService) => string)[] = [
    (name) => name,
    (name, { service }) => `${constantCase(service)}_${name}`,
    (name, { sandbox, service }) => `${constantCase(sandbox)}_${constantCase(service)}_${name}`,
  ];
  const all = services.flatMap((service) =>
    Object.entries(service.variables).map(([name, value]) => ({ name, value, service })),
  );
  const isUnique = (candidate: string, naming: (typeof namings)[number]) =>
    all.filter(({ name, service }) => naming(name, service) === candidate).length === 1;
  return Object.fromEntries(
    all.map(({ name, value, service }) => {
      const naming = namings.find((one) => isUnique(one(name, service), one)) ?? namings[2];
      return [naming?.(name, service) ?? name, value];
    }),
  );
}

function variablesAt(
  key: string,
  service: DeclaredService,
  address: Address,
): Readonly<Record<string, Text>> {
  const { host } = address;
  const port = String(address.port);
  const { variables } = connectionAt(service, { host, port }) as Partial<Connection>;
  return variables ?? { [`${constantCase(key)}_HOST`]: host, [`${constantCase(key)}_PORT`]: port };
}

function constantCase(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}
