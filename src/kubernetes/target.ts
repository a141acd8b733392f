import type { Target } from "../sandbox/target.ts";
import { clusterOf } from "./api/cluster.ts";
import { readContext } from "./api/kubeconfig.ts";
import { kubernetesEmission } from "./kubernetes-files.ts";
import { KUBERNETES, KUBERNETES_FILES } from "./kubernetes-support.ts";
import { clusterPlace } from "./place/cluster-place.ts";
import { ownSettings } from "./place/placement.ts";
import { projectFileContents } from "./project-file-contents.ts";

/** Namespaces of Kubernetes clusters. */
export const KUBERNETES_TARGET: Target = {
  name: KUBERNETES.name,
  losses: [KUBERNETES, KUBERNETES_FILES],
  runs: {
    needs: { engine: false, cluster: true },
    provider: KUBERNETES.name,
    registryOf: (settings) => ownSettings(settings).registry,
    placeOf: (settings) => {
      const { context = "", namespace = "" } = ownSettings(settings);
      return `${KUBERNETES.name} ${context} ${namespace}`;
    },
    // A cluster outlives the jobs that use it.
    endsWithJob: () => undefined,
    connect: async (request) => {
      const { environment, settings, context = ownSettings(settings).context } = request;
      return clusterPlace(clusterOf(readContext(environment, context), environment), request);
    },
  },
  emits: {
    needs: { runners: false, branches: false },
    paths: [{ folder: "kubernetes", extension: ".yaml" }],
    emit: ({ plans, projectFolder, namespace }) =>
      kubernetesEmission(plans, projectFileContents(plans, projectFolder), namespace),
  },
};
