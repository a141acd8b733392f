import type { Service } from "kubernetes-types/core/v1.js";
import type { Plan } from "../../model/plan/plan.ts";
import type { Cluster } from "../api/cluster.ts";
import { listObjects } from "../api/objects.ts";
import type { KubernetesPlacement } from "../lowering/kubernetes-placement.ts";
import { nameIn, scopeLabels } from "../lowering/sandbox-scope.ts";
import { serviceNames } from "../lowering/service-names.ts";

/** No Service has it. */
const UNKNOWN = "0.0.0.0";

/**
 * A placement with the addresses of the sandbox's aliases. In a namespace of its own, the names of its
 * Services are the aliases.
 */
export async function withAddresses<Placement extends KubernetesPlacement>(
  cluster: Cluster,
  plan: Plan,
  placement: Placement,
): Promise<Placement> {
  if (placement.instance === undefined) return placement;
  const query = { namespace: placement.namespace, labels: scopeLabels(placement) };
  const services = await listObjects<Service>(cluster, { apiVersion: "v1", kind: "Service", ...query });
  const found = new Map(services.map(({ metadata, spec }) => [metadata?.name, spec?.clusterIP]));
  return { ...placement, addresses: aliasAddresses(plan, placement, (name) => found.get(name)) };
}

/**
 * The address of each alias that has one: a service without ports has none.
 * @param addressOf the address of a Service by its name; undefined for one that does not exist yet
 */
export function aliasAddresses(
  plan: Plan,
  placement: KubernetesPlacement,
  addressOf: (name: string) => string | undefined,
): Readonly<Record<string, string>> {
  const aliases = plan.services
    .filter(({ ports, udpPorts = [] }) => ports.length + udpPorts.length > 0)
    .flatMap((service) => serviceNames(plan, service));
  return Object.fromEntries(aliases.map((alias) => [alias, addressOf(nameIn(placement, alias)) ?? UNKNOWN]));
}
