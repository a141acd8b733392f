import { rmSync } from "node:fs";
import path from "node:path";
import type { Namespace } from "kubernetes-types/core/v1.js";
import type { Cluster } from "../../../src/kubernetes/api/cluster.ts";
import { deleteObject, listObjects } from "../../../src/kubernetes/api/objects.ts";
import { leaseObjects } from "../../../src/kubernetes/lease-objects.ts";
import { LABEL } from "../../../src/model/labels.ts";
import { readLeases } from "../../../src/ownership/lease.ts";
import { type UserProject, userProject } from "../../e2e/user-project.ts";
import { kubectlCommand } from "../../kubectl.ts";

/** The words of a run in a cluster, before the sandbox. */
export const RUN = ["run", "--target", "kubernetes"];

/** A sandbox with jobs that end in every way. */
export const CACHE = `sandbox("cache", {
  services: { redis: redis() },
  jobs: {
    ping: { image: "redis:7-alpine", script: ["redis-cli -h redis ping"] },
    fail: { image: "alpine:3.19", script: ["exit 7"], cleanup: ["echo cleaned up"] },
    stops: { image: "redis:7-alpine", script: ["redis-cli -h redis shutdown", "exit 7"] },
    slow: { image: "alpine:3.19", script: ["echo job runs", "sleep 1000"] },
    late: { image: "alpine:3.19", script: ["echo job runs; sleep 1000"], timeout: "15s" },
    lost: { image: "alpine:0.0", script: ["true"] },
  },
})`;

/** The tests' cluster, and no engine: this one does not exist. */
export function clusterWithoutEngine(): Readonly<Record<"KUBECONFIG" | "DOCKER_HOST", string>> {
  return { KUBECONFIG: kubectlCommand().env.KUBECONFIG ?? "", DOCKER_HOST: "unix:///nonexistent.sock" };
}

const KIND = { apiVersion: "v1", kind: "Namespace" };

/** A project whose runs have no stack. */
export function projectWithoutStack(name: string): UserProject {
  const created = userProject(name);
  for (const file of ["Pulumi.yaml", "infra"]) rmSync(path.join(created.folder, file), { recursive: true });
  return created;
}

/** The namespaces of a project's runs that nobody removes. */
export async function namespacesOfRuns(
  cluster: Cluster,
  { folder }: UserProject,
): Promise<readonly string[]> {
  const labels = { [LABEL.project]: path.basename(folder) };
  const found = await listObjects<Namespace>(cluster, { ...KIND, labels });
  return found.flatMap(({ metadata }) => (metadata?.deletionTimestamp ? [] : [metadata?.name ?? ""]));
}

/** The namespaces of a project's runs that nobody removes, and their leases. */
export async function leftOfRuns(cluster: Cluster, project: UserProject): Promise<readonly string[]> {
  const leases = (await readLeases(leaseObjects(cluster))).filter(({ owner }) =>
    owner.startsWith(`${path.basename(project.folder)}/`),
  );
  return [...(await namespacesOfRuns(cluster, project)), ...leases.map(({ name }) => `lease ${name}`)];
}

/** Removes a project with the namespaces of its runs. */
export async function removeRuns(cluster: Cluster, project: UserProject): Promise<void> {
  for (const name of await namespacesOfRuns(cluster, project))
    await deleteObject(cluster, { ...KIND, metadata: { name } });
  await project.remove();
}
