import type { Plan } from "../../model/plan/plan.ts";
import type { Progress } from "../../terminal/progress.ts";
import type { KubernetesPlacement } from "../lowering/kubernetes-placement.ts";
import type { NamespaceWatch } from "../readiness/namespace-watch.ts";
import { enforcesPolicies } from "./isolation-probe.ts";
import { recordPolicies } from "./known-policies.ts";
import type { PlaceInCluster } from "./place-in-cluster.ts";

/** Whether the cluster's network plugin enforces policies; unknown if the probe of it did not start. */
export type Isolation = "enforced" | "ignored" | "unknown";

/** Milliseconds until the probe of the network plugin gives up. */
const PROBE_LIMIT = 30_000;

/**
 * Probes whether a new sandbox is isolated. Undefined without a probe: only networks of their own, and those
 * without a way out, are to be isolated within a sandbox.
 * @param isKnown whether the cluster is known to enforce policies
 */
export async function probeIsolation(
  { networks }: Plan,
  isKnown: boolean,
  watch: NamespaceWatch,
  placement: KubernetesPlacement,
  signal: AbortSignal,
): Promise<Isolation | undefined> {
  if (isKnown || !(networks.length > 1 || networks.some(({ internal }) => internal))) return undefined;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(PROBE_LIMIT)]);
  try {
    return (await enforcesPolicies(watch, placement, limit)) ? "enforced" : "ignored";
  } catch {
    return "unknown";
  }
}

/** Warns of networks that are not isolated, and remembers a cluster that isolates them. */
export function reportIsolation(
  { cluster, request }: PlaceInCluster,
  isolation: Isolation | undefined,
  progress: Progress,
): void {
  if (isolation === "enforced") recordPolicies(cluster, request.environment);
  if (isolation !== "ignored") return;
  progress.warn(
    `Kubernetes context "${cluster.context.name}": its network plugin ignores ` +
      "policies, so the networks of the sandbox are not isolated; use a plugin that enforces them",
  );
}
