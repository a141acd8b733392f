import type { Plan } from "../../model/plan/plan.ts";
import { requirePrivilege } from "../../model/plan/privilege.ts";
import { jobService } from "./alias-services.ts";
import type { KubernetesPlacement } from "./kubernetes-placement.ts";
import type {
  LimitRangeManifest,
  NamespaceManifest,
  NetworkPolicyManifest,
  ResourceQuotaManifest,
  ServiceManifest,
  VolumeClaimManifest,
} from "./manifest.ts";
import { limitRangeManifest, namespaceManifest, quotaManifest } from "./namespace.ts";
import { networkPolicies } from "./network-policies.ts";
import { objectMetadata, sandboxLabels } from "./object-labels.ts";
import { SECRET_NAME } from "./pod-environment.ts";
import { volumeClaims } from "./pod-volumes.ts";
import { type KubernetesService, lowerServiceToKubernetes } from "./workload.ts";

/** A sandbox in a Kubernetes cluster: manifests of one namespace, in the order in which they are created. */
export interface KubernetesObjects {
  readonly sandbox: string;
  readonly namespace: NamespaceManifest;
  readonly quota: ResourceQuotaManifest;
  readonly limitRange: LimitRangeManifest;
  /** They exist before the first pod, so that no packet precedes them. */
  readonly policies: readonly NetworkPolicyManifest[];
  readonly volumes: readonly VolumeClaimManifest[];
  /** The Secret that the pods refer to, by the names of its keys: it must exist before them. */
  readonly secret?: {
    readonly metadata: ReturnType<typeof objectMetadata>;
    readonly keys: readonly string[];
  };
  /** In the order in which they can start. */
  readonly services: readonly KubernetesService[];
  /** By which services reach the running jobs. */
  readonly jobService?: ServiceManifest;
}

/**
 * Lowers the plan of a sandbox to the objects of a namespace. Pure.
 * @throws DeclarationError for a privileged service with an image that is not allowed
 * @throws ConfigurationError for a property that Kubernetes would refuse
 */
export function lowerToKubernetes(plan: Plan, placement: KubernetesPlacement): KubernetesObjects {
  requirePrivilege(plan, placement.privilegedImages);
  const forJobs = jobService(plan, placement);
  const secretMetadata = objectMetadata(placement, SECRET_NAME, sandboxLabels(plan, placement));
  return {
    sandbox: plan.sandbox,
    namespace: namespaceManifest(plan, placement),
    quota: quotaManifest(plan, placement),
    limitRange: limitRangeManifest(plan, placement),
    policies: networkPolicies(plan, placement),
    volumes: volumeClaims(plan, placement),
    ...(plan.secrets.length > 0 && { secret: { metadata: secretMetadata, keys: plan.secrets } }),
    services: plan.services.map((service) => lowerServiceToKubernetes(plan, service, placement)),
    ...(forJobs && { jobService: forJobs }),
  };
}
