import { connectionAt } from "../model/declaration/references.ts";
import type { Sandbox } from "../model/declaration/sandbox.ts";
import type { DeclaredService } from "../model/declaration/service.ts";
import type { Text } from "../model/text.ts";
import type { Address, AddressOf } from "./running-sandbox.ts";

/** A service that clients reach at an address, and the variables for them. */
export interface ReachableService {
  readonly sandbox: string;
  readonly service: string;
  readonly variables: Readonly<Record<string, Text>>;
}

/**
 * The services of a sandbox whose first ports have an address.
 * @param databases the names of forks that take the place of declared databases, by service
 */
export function reachableServices(
  { name, services }: Sandbox,
  addressOf: AddressOf,
  databases: Readonly<Record<string, string>> = {},
): readonly ReachableService[] {
  return Object.entries(services).flatMap(([key, service]) => {
    const [first] = service.ports ?? [];
    const address = first === undefined ? undefined : addressOf(key, first);
    if (address === undefined) return [];
    return [{ sandbox: name, service: key, variables: variablesAt(key, service, address, databases[key]) }];
  });
}

/**
 * The variables of all services. An ambiguous name gets the service as its prefix, and if it is still
 * ambiguous the sandbox, too.
 */
export function joinVariables(services: readonly ReachableService[]): Readonly<Record<string, Text>> {
  return Object.fromEntries(joined(services).map(({ name, value }) => [name, value]));
}

/** Those of the joined variables that belong to one service. */
export function joinedVariablesOf(
  services: readonly ReachableService[],
  key: string,
): Readonly<Record<string, Text>> {
  const own = joined(services).filter(({ service }) => service.service === key);
  return Object.fromEntries(own.map(({ name, value }) => [name, value]));
}

function joined(services: readonly ReachableService[]) {
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
  return all.map(({ name, value, service }) => {
    const naming = namings.find((one) => isUnique(one(name, service), one)) ?? namings[2];
    return { name: naming?.(name, service) ?? name, value, service };
  });
}

function variablesAt(
  key: string,
  service: DeclaredService,
  address: Address,
  database: string | undefined,
): Readonly<Record<string, Text>> {
  const { host } = address;
  const port = String(address.port);
  const { variables } = connectionAt(service, { host, port, ...(database !== undefined && { database }) });
  return variables ?? { [`${constantCase(key)}_HOST`]: host, [`${constantCase(key)}_PORT`]: port };
}

function constantCase(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}
