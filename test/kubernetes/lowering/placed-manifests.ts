import { lowerJobToKubernetes } from "../../../src/kubernetes/lowering/job-run.ts";
import type { KubernetesPlacement } from "../../../src/kubernetes/lowering/kubernetes-placement.ts";
import { lowerToKubernetes } from "../../../src/kubernetes/lowering/lower-to-kubernetes.ts";
import type { AnyManifest, Pod } from "../../../src/kubernetes/lowering/manifest.ts";
import type { KubernetesService } from "../../../src/kubernetes/lowering/workload.ts";
import type { Sandbox } from "../../../src/model/declaration/sandbox.ts";
import type { Plan } from "../../../src/model/plan/plan.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";

/** The placement of a sandbox, by default of the stack `dev`. */
export function namespaceOf(planned: Plan, others: Partial<KubernetesPlacement> = {}): KubernetesPlacement {
  return {
    namespace: `dev-${planned.sandbox}`,
    ownership: {
      owner: "example/dev/1a2b3c",
      project: "example",
      stack: "dev",
      created: "2026-11-23T10:00:00Z",
      timeToLive: "8h",
    },
    privilegedImages: planned.images,
    network: {},
    projectFiles: {},
    ...others,
  };
}

/** All manifests of a sandbox in the order of creation, then a run of each job. */
export function manifestsOf(
  sandbox: Sandbox,
  others: Partial<KubernetesPlacement> = {},
): readonly AnyManifest[] {
  const planned = plan(sandbox, { profiles: "all" });
  const placement = namespaceOf(planned, others);
  const { root, bounds, policies, volumes, services, jobServices } = lowerToKubernetes(planned, placement);
  const jobs = planned.jobs.map((job) => lowerJobToKubernetes(planned, job, placement, { id: "1a2b3c" }));
  return [
    root,
    ...bounds,
    ...policies,
    ...volumes,
    ...jobServices,
    ...services.flatMap((service) => [...service.configMaps, ...service.services, service.workload]),
    ...jobs.flatMap(({ configMaps, job }) => [...configMaps, job]),
  ];
}

/** A service of a sandbox in its namespace. */
export function loweredService(
  sandbox: Sandbox,
  key: string,
  others: Partial<KubernetesPlacement> = {},
): KubernetesService {
  const planned = plan(sandbox, { profiles: "all" });
  const found = lowerToKubernetes(planned, namespaceOf(planned, others)).services.find(
    (service) => service.key === key,
  );
  if (!found) throw new RangeError(key);
  return found;
}

/** The pod of a service. */
export function podOf(sandbox: Sandbox, key: string, others: Partial<KubernetesPlacement> = {}): Pod {
  const { spec } = loweredService(sandbox, key, others).workload.spec.template;
  if (!spec) throw new RangeError(key);
  return spec;
}
