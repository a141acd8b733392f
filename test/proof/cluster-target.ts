import { PRIVILEGED_IMAGES } from "../../src/model/plan/privilege.ts";
import type { ProofTarget } from "../../src/proof/place.ts";
import { kubernetesTarget } from "../../src/proof/places/on-kubernetes.ts";
import { clusterProperties } from "../../src/stacks/place-in-cluster.ts";
import { clusterNetworkFrom } from "../../src/stacks/place-network-from.ts";
import { clusterStatus } from "../kubectl.ts";
import { testCluster } from "../kubernetes/created-namespace.ts";

/** The tests' cluster, for sandboxes without files of the project. */
export function clusterTarget(project: string): ProofTarget {
  const { mirror: registryMirror } = clusterStatus();
  const settings = registryMirror === undefined ? {} : { registryMirror };
  return kubernetesTarget({
    project,
    findCluster: async () => testCluster(),
    placementOf: () => ({
      privilegedImages: PRIVILEGED_IMAGES,
      ...clusterProperties(settings, clusterNetworkFrom(settings, process.env)),
      projectFiles: {},
    }),
  });
}
