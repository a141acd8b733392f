import type { Cluster } from "../../kubernetes/api/cluster.ts";
import { type ForwardedPort, forwardPort } from "../../kubernetes/api/port-forward.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { HostPort } from "./job-site.ts";

export interface ForwardedServices {
  readonly cluster: Cluster;
  readonly namespace: string;
  /** The pods of the services, by key. */
  readonly pods: Readonly<Record<string, string>>;
}

/** Forwards a port of this machine to each port of a running service, until the signal ends it. */
export async function forwardPorts(
  plan: Plan,
  { cluster, namespace, pods }: ForwardedServices,
  end: AbortSignal,
): Promise<HostPort> {
  const forwards = plan.services.flatMap(({ key, ports, completesWithin }) => {
    const pod = pods[key];
    if (pod === undefined || completesWithin !== undefined) return [];
    return ports.map(
      async (port) => [`${key}:${port}`, await forwardPort(cluster, { namespace, pod, port })] as const,
    );
  });
  const forwarded: ReadonlyMap<string, ForwardedPort> = new Map(await Promise.all(forwards));
  end.addEventListener("abort", () => {
    for (const port of forwarded.values()) port.close();
  });
  return (service, port) => forwarded.get(`${service}:${port}`)?.port;
}
