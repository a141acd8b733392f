import type { Plan } from "../../model/plan/plan.ts";
import type { AddressOf } from "../../sandbox/running-sandbox.ts";
import type { Cluster } from "../api/cluster.ts";
import { forwardPort } from "../api/port-forward.ts";
import type { SandboxScope } from "../lowering/sandbox-scope.ts";
import { partPods } from "./part-pods.ts";

/** Ports of this machine that lead to those of services. */
export interface ForwardedPorts {
  readonly addressOf: AddressOf;
  close(): void;
}

/** Forwards a port of this machine to each port of a sandbox's running services. */
export async function forwardPorts(
  plan: Plan,
  cluster: Cluster,
  scope: SandboxScope,
): Promise<ForwardedPorts> {
  const { namespace } = scope;
  const pods = await partPods(cluster, scope);
  const forwards = plan.services.flatMap(({ key, ports, completesWithin }) => {
    const pod = pods.get(key)?.pod.metadata?.name;
    if (pod === undefined || completesWithin !== undefined) return [];
    return ports.map(
      async (port) => [`${key}:${port}`, await forwardPort(cluster, { namespace, pod, port })] as const,
    );
  });
  const forwarded = new Map(await Promise.all(forwards));
  return {
    addressOf: (service, port) => {
      const own = forwarded.get(`${service}:${port}`);
      return own && { host: "127.0.0.1", port: own.port };
    },
    close: () => {
      for (const port of forwarded.values()) port.close();
    },
  };
}
