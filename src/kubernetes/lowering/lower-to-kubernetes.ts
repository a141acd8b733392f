import type { Plan } from "../../model/plan/plan.ts";
import { requirePrivilege } from "../../model/plan/privilege.ts";
import { jobServices } from "./alias-services.ts";
import type { KubernetesPlacement, PlacedPlan } from "./kubernetes-placement.ts";
import type { AnyManifest, NamespaceManifest } from "./manifest.ts";
import { boundManifests, namespaceManifest } from "./namespace.ts";
import { networkPolicies } from "./network-policies.ts";
import { objectHead } from "./object-labels.ts";
import { SECRET_NAME } from "./pod-environment.ts";
import { volumeClaims } from "./pod-volumes.ts";
import { type KubernetesService, lowerServiceToKubernetes } from "./workload.ts";

/** A sandbox in a Kubernetes cluster: manifests of one namespace, in the order in which they are created. */
export interface KubernetesObjects {
  readonly namespace: NamespaceManifest;
  /** The bounds of its pods: a quota and a LimitRange. */
  readonly bounds: readonly AnyManifest[];
  /** They exist before the first pod, so that no packet precedes them. */
  readonly policies: readonly AnyManifest[];
  readonly volumes: readonly AnyManifest[];
  /** The Secret that the pods refer to, by the names of its keys: it must exist before them. */
  readonly secret?: ReturnType<typeof namedSecret>;
  /** In the order in which they can start. */
  readonly services: readonly KubernetesService[];
  /** By which services reach the running jobs. */
  readonly jobServices: readonly AnyManifest[];
}

/**
 * Lowers the plan of a sandbox to the objects of a namespace. Pure.
 * @throws DeclarationError for a privileged service with an image that is not allowed
 * @throws ConfigurationError for a property that Kubernetes would refuse
 */
export function lowerToKubernetes(plan: Plan, placement: KubernetesPlacement): KubernetesObjects {
  requirePrivilege(plan, placement.privilegedImages);
  const placed = { plan, placement };
  return {
    namespace: namespaceManifest(placed),
    bounds: boundManifests(placed),
    policies: networkPolicies(placed),
    volumes: volumeClaims(placed),
    ...(plan.secrets.length > 0 && { secret: namedSecret(placed) }),
    services: plan.services.map((service) => lowerServiceToKubernetes(placed, service)),
    jobServices: jobServices(placed),
  };
}

/** The Secret of a sandbox, without values. */
function namedSecret(placed: PlacedPlan) {
  return { ...objectHead(placed, "v1", "Secret", SECRET_NAME), keys: placed.plan.secrets };
}

/** The Secret of a sandbox with the values of its secrets, by name. */
export function secretManifest<Value>(
  { keys, ...head }: NonNullable<KubernetesObjects["secret"]>,
  values: Readonly<Record<string, Value>>,
) {
  return { ...head, stringData: Object.fromEntries(keys.map((name) => [name, values[name] ?? ""])) };
}
