import type { KubernetesSettings } from "../../src/kubernetes/kubernetes-settings.ts";
import { KUBERNETES_TARGET } from "../../src/kubernetes/target.ts";
import { placeTarget } from "../../src/proof/places/on-place.ts";
import type { ProofTarget } from "../../src/sandbox/proof-target.ts";
import { clusterStatus, kubectlCommand } from "../kubectl.ts";
import { SILENT } from "../silent-progress.ts";
import { connectTo } from "./running-target.ts";

/** The tests' cluster, with settings of its own. */
export function clusterTarget(project: string, own: KubernetesSettings = {}): ProofTarget {
  const { mirror: registryMirror } = clusterStatus();
  const settings = { ...(registryMirror !== undefined && { registryMirror }), ...own };
  return placeTarget({
    target: KUBERNETES_TARGET,
    progress: SILENT,
    connect: () => connectTo(KUBERNETES_TARGET, project, settings, kubectlCommand().env),
  });
}
