import type { Plan } from "../../model/plan/plan.ts";
import { requirePrivilege } from "../../model/plan/privilege.ts";
import { requireNone } from "../../model/problem.ts";
import { jobServices } from "./alias-services.ts";
import type { KubernetesPlacement, PlacedPlan } from "./kubernetes-placement.ts";
import type { AnyManifest } from "./manifest.ts";
import { objectHead } from "./object-labels.ts";
import { SECRET_NAME } from "./pod-environment.ts";
import { levelProblems } from "./pod-security-level.ts";
import { volumeClaims } from "./pod-volumes.ts";
import { withPublishedImages } from "./published-images.ts";
import { namedPullSecret } from "./pull-secret.ts";
import { type SandboxRoot, sandboxRoot } from "./sandbox-root.ts";
import { type KubernetesService, lowerServiceToKubernetes } from "./workload.ts";

/** A sandbox in a Kubernetes cluster: manifests of one namespace, in the order in which they are created. */
export interface KubernetesObjects extends SandboxRoot {
  readonly volumes: readonly AnyManifest[];
  /** The Secret that the pods refer to, by the names of its keys: it must exist before them. */
  readonly secret?: ReturnType<typeof namedSecret>;
  /** The Secret with this machine's logins for registries, if the settings ask for it. */
  readonly pullSecret?: ReturnType<typeof namedPullSecret>;
  /** In the order in which they can start. */
  readonly services: readonly KubernetesService[];
  /** By which services reach the running jobs. */
  readonly jobServices: readonly AnyManifest[];
}

/**
 * Lowers the plan of a sandbox to the objects of a namespace. Pure.
 * @throws DeclarationError for an image that is built without a registry, for a privileged service with an
 * image that is not allowed, and for services that do not meet the level of Pod Security of the settings
 * @throws ConfigurationError for a property that Kubernetes would refuse
 */
export function lowerToKubernetes(planned: Plan, placement: KubernetesPlacement): KubernetesObjects {
  // By the names of builds, as on an engine.
  requirePrivilege(planned, placement.privilegedImages);
  const plan = withPublishedImages(planned, placement);
  const placed = { plan, placement };
  const services = plan.services.map((service) => lowerServiceToKubernetes(placed, service));
  requireNone(
    services.flatMap(({ key, workload }) =>
      levelProblems(`${plan.sandbox}.services.${key}`, workload.spec.template ?? {}, placement.pods),
    ),
  );
  return {
    ...sandboxRoot(placed),
    volumes: volumeClaims(placed),
    ...(plan.secrets.length > 0 && { secret: namedSecret(placed) }),
    ...(typeof placement.imagePullSecret === "object" && { pullSecret: namedPullSecret(placed) }),
    services,
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
