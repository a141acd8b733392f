import { randomBytes } from "node:crypto";
import { type Cluster, clusterOf } from "../../src/kubernetes/api/cluster.ts";
import { readContext } from "../../src/kubernetes/api/kubeconfig.ts";
import { createObject, deleteObject } from "../../src/kubernetes/api/objects.ts";
import { type KubernetesJob, lowerJobToKubernetes } from "../../src/kubernetes/lowering/job-run.ts";
import { lowerToKubernetes } from "../../src/kubernetes/lowering/lower-to-kubernetes.ts";
import type { AnyManifest } from "../../src/kubernetes/lowering/manifest.ts";
import type { KubernetesService } from "../../src/kubernetes/lowering/workload.ts";
import type { Sandbox } from "../../src/model/declaration/sandbox.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { kubectlCommand } from "../kubectl.ts";

/** The objects of a sandbox in a namespace that no other test has. */
export interface CreatedNamespace {
  readonly cluster: Cluster;
  readonly namespace: string;
  /** @throws RangeError for an unknown key */
  service(key: string): KubernetesService;
  /** A run of a job, which is not created yet. @throws RangeError for an unknown key */
  job(key: string): KubernetesJob;
  remove(): Promise<unknown>;
}

/** The tests' cluster. */
export function testCluster(): Cluster {
  return clusterOf(readContext(kubectlCommand().env), process.env);
}

/**
 * Creates the objects of a sandbox without secrets. Its services need not be ready yet.
 * @param missing the claims and ConfigMaps to leave out, by name. Default: none
 */
export async function createNamespace(
  declared: Sandbox,
  missing: readonly string[] = [],
): Promise<CreatedNamespace> {
  const cluster = testCluster();
  const namespace = `${declared.name}-${randomBytes(3).toString("hex")}`;
  const planned = plan(declared, { profiles: "all" });
  const placement = { namespace, privilegedImages: [], network: {}, projectFiles: {} };
  const objects = lowerToKubernetes(planned, placement);
  const remove = () => deleteObject(cluster, objects.root);
  try {
    await createObject(cluster, objects.root);
    const isThere = ({ metadata: { name = "" } }: AnyManifest) => !missing.includes(name);
    const volumes = objects.volumes.filter(isThere);
    const parts = [...objects.bounds, ...objects.policies, ...volumes];
    await Promise.all(parts.map((part) => createObject(cluster, part)));
    const services = objects.services.flatMap(({ configMaps, workload, services: aliases }) => [
      ...configMaps.filter(isThere),
      ...aliases,
      workload,
    ]);
    await Promise.all(services.map((service) => createObject(cluster, service)));
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    cluster,
    namespace,
    service: (key) => {
      const found = objects.services.find((service) => service.key === key);
      if (found === undefined) throw new RangeError(key);
      return found;
    },
    job: (key) => {
      const found = planned.jobs.find((job) => job.key === key);
      if (found === undefined) throw new RangeError(key);
      return lowerJobToKubernetes(planned, found, placement, { id: randomBytes(3).toString("hex") });
    },
    remove,
  };
}
