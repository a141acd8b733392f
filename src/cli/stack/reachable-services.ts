import type { EngineFacts } from "../../docker/facts.ts";
import { type DockerHost, isOnThisMachine } from "../../docker/host.ts";
import { LABEL } from "../../model/labels.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { connectionAt } from "../../model/references.ts";
import type { Sandbox } from "../../model/sandbox.ts";
import type { Connection, DeclaredService } from "../../model/service.ts";
import type { Text } from "../../model/text.ts";

/** A service that programs on the engine's host reach, and the variables by which its clients find it. */
export interface ReachableService {
  readonly sandbox: string;
  readonly service: string;
  /** Where its first port is published. */
  readonly port: number;
  readonly variables: Readonly<Record<string, Text>>;
}

/** Docker publishes on this address alone: see the ports of a plan. */
const LOOPBACK = "127.0.0.1";

/** The services of an owner's sandboxes whose first port is published and that run. */
export function reachableServices(
  sandboxes: readonly Sandbox[],
  { containers }: EngineFacts,
  owner: string,
): readonly ReachableService[] {
  return sandboxes.flatMap(({ name, services }) =>
    Object.entries(services).flatMap(([key, service]) => {
      const container = containers.find(
        ({ labels, running }) =>
          running &&
          labels[LABEL.owner] === owner &&
          labels[LABEL.sandbox] === name &&
          labels[LABEL.kind] === "service" &&
          labels[LABEL.part] === key,
      );
      const published = container?.publishedPorts.find((port) => port.container === service.ports?.[0]);
      if (published === undefined) return [];
      const { host: port } = published;
      return [{ sandbox: name, service: key, port, variables: variablesAt(key, service, String(port)) }];
    }),
  );
}

/**
 * Sees that the services are reached from here.
 * @throws ConfigurationError for an engine on another machine, with the tunnel that leads to them
 */
export function requireReachable(engine: DockerHost, services: readonly ReachableService[]): void {
  if (isOnThisMachine(engine)) return;
  const { username, hostname } = new URL(engine.host);
  const machine = username === "" ? hostname : `${username}@${hostname}`;
  const ports = services.map(({ port }) => `-L ${port}:${LOOPBACK}:${port}`).join(" ");
  throw new ConfigurationError(
    `${engine.origin}: the engine is on ${hostname}, and what it publishes is on the loopback of that machine alone; ` +
      `run nestbox env there, or forward the ports and add --from-engine-host:\n  ssh -N ${ports} ${machine}`,
  );
}

/**
 * All variables together. A name that two services would give is preceded by the service's, and where that is
 * not enough by the sandbox's too.
 */
export function joinVariables(services: readonly ReachableService[]): Readonly<Record<string, Text>> {
  const ways: readonly ((name: string, service: ReachableService) => string)[] = [
    (name) => name,
    (name, { service }) => `${constantCase(service)}_${name}`,
    (name, { sandbox, service }) => `${constantCase(sandbox)}_${constantCase(service)}_${name}`,
  ];
  const all = services.flatMap((service) =>
    Object.entries(service.variables).map(([name, value]) => ({ name, value, service })),
  );
  const isAlone = (candidate: string, way: (typeof ways)[number]) =>
    all.filter(({ name, service }) => way(name, service) === candidate).length === 1;
  return Object.fromEntries(
    all.map(({ name, value, service }) => {
      const way = ways.find((one) => isAlone(one(name, service), one)) ?? ways[2];
      return [way?.(name, service) ?? name, value];
    }),
  );
}

function variablesAt(key: string, service: DeclaredService, port: string): Readonly<Record<string, Text>> {
  const { variables } = connectionAt<Connection>(service, { host: LOOPBACK, port }) as Partial<Connection>;
  return variables ?? { [`${constantCase(key)}_HOST`]: LOOPBACK, [`${constantCase(key)}_PORT`]: port };
}

function constantCase(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}
