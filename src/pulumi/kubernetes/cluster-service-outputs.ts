import type * as pulumi from "@pulumi/pulumi";
import { connectionAt } from "../../model/declaration/references.ts";
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
 * The outputs of a service in a cluster. Its address is for the pods of its namespace.
 *
 * @example
 * shop.services.database.url // postgresql://shop:…@database:5432/shop
 */
export type ClusterServiceOutputs<Offered = unknown> = AddressOutputs<Offered> & {
  /** The names of its Services in the namespace. `host` is the first. */
  readonly aliases: readonly string[];
};

/** A service of a sandbox, and what its outputs need. */
export interface ClusterServiceSource {
  /** The service's name in errors: `shop.services.database`. */
  readonly place: string;
  readonly declared: DeclaredService;
  /** The names of its Services. */
  readonly aliases: readonly string[];
  /** Resolves once it is ready. */
  readonly ready: pulumi.Output<unknown>;
  readonly bind: BindText;
}

/** The outputs of a service. What it lacks throws when it is read. */
export function clusterServiceOutputs(source: ClusterServiceSource): ClusterServiceOutputs {
  const { place, declared, aliases, ready, bind } = source;
  const [host = ""] = aliases;
  const [port] = declared.ports ?? [];
  const own = connectionAt(declared, { host, port: String(port ?? "") });
  const values = ready.apply(() => own);
  const outputs = { ...boundOutputs(Object.keys(own), values, bind), aliases };
  missingVariables(outputs, place);
  if (port === undefined) missingPort(outputs, place);
  if (host === "")
    missing(outputs, "host", `${place}: has no alias that is a Service; add one that starts with a letter`);
  return outputs as unknown as ClusterServiceOutputs;
}
