import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { DockerService } from "../../docker/lowering/lower-service.ts";
import { connectionAt, connectionOf } from "../../model/declaration/references.ts";
import type { DeclaredService } from "../../model/declaration/service.ts";
import {
  type AddressOutputs,
  boundOutputs,
  missing,
  missingPort,
  missingVariables,
} from "../sandbox/address-outputs.ts";
import type { BindText } from "../sandbox/secrets.ts";

/**
 * The outputs of a service. Its own address is for containers on the sandbox's networks; `published` is for
 * programs on the engine's host.
 *
 * @example
 * shop.services.database.url           // postgresql://shop:…@database:5432/shop
 * shop.services.database.published.url // postgresql://shop:…@127.0.0.1:32768/shop
 */
export type ServiceOutputs<Offered = unknown> = AddressOutputs<Offered> & {
  /** The container's name on the engine. */
  readonly container: pulumi.Output<string>;
  /** The service's host names on its networks. `host` is the first. */
  readonly aliases: readonly string[];
  /**
   * The first port's address on the loopback of the engine's host.
   * @throws ProgramError when read, for a service that does not publish it
   */
  readonly published: AddressOutputs<Offered> & {
    /** The addresses of all published ports, by port of the container: `{ "5432": "127.0.0.1:32768" }`. */
    readonly addresses: pulumi.Output<Readonly<Record<string, string>>>;
  };
};

/** A service of a sandbox, and what its outputs need. */
export interface ServiceSource {
  /** The service's name in errors: `shop.services.database`. */
  readonly place: string;
  readonly declared: DeclaredService;
  readonly service: DockerService;
  /** Resolves once the container is ready. */
  readonly ready: pulumi.Output<docker.Container>;
  readonly bind: BindText;
}

/** The address of all published ports in a plan. */
const LOOPBACK = "127.0.0.1";

/** The outputs of a service. What it lacks throws when it is read. */
export function serviceOutputs({ place, declared, service, ready, bind }: ServiceSource): ServiceOutputs {
  const { key, aliases, published } = service;
  const [port] = declared.ports ?? [];
  const own = connectionOf(key, declared);
  const names = Object.keys(own);
  const onceReady = ready.apply(() => own);
  const container = ready.apply(({ name }) => name);
  const outputs = { ...boundOutputs(names, onceReady, bind), container, aliases };
  missingVariables(outputs, place);
  if (port === undefined) missingPort(outputs, place);
  if (port === undefined || !published.includes(port)) {
    return missing(outputs, "published", `${place}: publishes no port; add publish: true`);
  }
  const addresses = ready.apply(({ ports }) => ports.apply((found = []) => addressesOf(published, found)));
  const onHost = addresses.apply(({ [port]: address = "" }) =>
    connectionAt(declared, { host: LOOPBACK, port: address.slice(LOOPBACK.length + 1) }),
  );
  const onLoopback = { ...boundOutputs(names, onHost, bind), addresses };
  return Object.assign(outputs, { published: missingVariables(onLoopback, place) }) as ServiceOutputs;
}

/** The published addresses, by port of the container. */
function addressesOf(
  published: readonly number[],
  ports: readonly docker.types.output.ContainerPort[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    published.map((internal) => {
      const port = ports.find((candidate) => candidate.internal === internal);
      return [String(internal), `${LOOPBACK}:${port?.external ?? "?"}`];
    }),
  );
}
