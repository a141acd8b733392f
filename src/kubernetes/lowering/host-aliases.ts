import type { Plan, PlannedContainer } from "../../model/plan/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { Pod } from "./manifest.ts";

/** The address of a Docker host, which has no meaning in a cluster. */
export const HOST_GATEWAY = "host-gateway";

/** https://www.rfc-editor.org/rfc/rfc1123#section-2.1 */
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/**
 * The extra hosts of a pod, by address.
 * @throws ConfigurationError for a name that is no DNS name
 */
export function podHostAliases(
  { sandbox }: Plan,
  key: string,
  extraHosts: PlannedContainer["extraHosts"],
): Pick<Pod, "hostAliases"> {
  const hosts = Object.entries(extraHosts).filter(([, ip]) => ip !== HOST_GATEWAY);
  const illegal = hosts.find(([host]) => !HOST_NAME.test(host.toLowerCase()));
  if (illegal) {
    throw new ConfigurationError(
      `${sandbox}: "${illegal[0]}" in the extraHosts of "${key}" is not a name that Kubernetes takes; ` +
        "use labels of letters, digits and dashes between dots",
    );
  }
  const hostAliases = [...new Set(hosts.map(([, ip]) => ip))].map((ip) => ({
    ip,
    hostnames: hosts.filter(([, address]) => address === ip).map(([host]) => host.toLowerCase()),
  }));
  return hostAliases.length > 0 ? { hostAliases } : {};
}
