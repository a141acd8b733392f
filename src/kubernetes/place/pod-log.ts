import type { Plan } from "../../model/plan/plan.ts";
import { NoOutput } from "../../sandbox/no-output.ts";
import type { LogLine, LogSelection } from "../../sandbox/running-sandbox.ts";
import type { Cluster } from "../api/cluster.ts";
import { KubernetesRefused } from "../api/cluster-error.ts";
import { containerLines } from "../api/container-log.ts";
import type { SandboxScope } from "../lowering/sandbox-scope.ts";
import { partPath } from "./part-path.ts";
import { partPods } from "./part-pods.ts";

/**
 * The output of a service. Of a container that has ended, the cluster has its last output. A cluster does not
 * tell standard output and standard error apart. Following ends with the container, or with its pod.
 * @throws NoOutput; the signal's reason; as callKubernetes does
 */
export async function* podLog(
  { cluster, scope, plan }: { readonly cluster: Cluster; readonly scope: SandboxScope; readonly plan: Plan },
  service: string,
  selection: LogSelection,
): AsyncGenerator<LogLine> {
  const path = partPath(plan, service);
  const found = (await partPods(cluster, scope)).get(service);
  if (found === undefined) throw new NoOutput(`${path}: has no container; start it, then try again`);
  const container = {
    namespace: scope.namespace,
    pod: found.pod.metadata?.name ?? "",
    container: found.container,
  };
  try {
    for await (const text of containerLines(cluster, container, selection)) yield { stream: "stdout", text };
  } catch (error) {
    const isRefused = error instanceof KubernetesRefused;
    throw isRefused ? new NoOutput(`${path}: has no output yet: ${error.message}`) : error;
  }
}
