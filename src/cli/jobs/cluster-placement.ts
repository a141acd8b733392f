import { readFileSync } from "node:fs";
import type { KubernetesPlacement } from "../../kubernetes/lowering/kubernetes-placement.ts";
import { projectFileContents } from "../../kubernetes/project-file-contents.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { clusterNetworkFrom } from "../../stacks/cluster-network-from.ts";
import type { Project } from "../workspace/project.ts";

/** What the settings of a project and this machine add to a sandbox in any namespace. */
export function clusterPlacement(
  { settings, folder }: Project,
  plan: Plan,
): Omit<KubernetesPlacement, "namespace" | "ownership"> {
  const { storageClass, imagePullSecret } = settings.kubernetes;
  const { certificates, ...network } = clusterNetworkFrom(settings.kubernetes, process.env);
  return {
    privilegedImages: settings.privilegedImages,
    ...(storageClass !== undefined && { storageClass }),
    ...(imagePullSecret !== undefined && { imagePullSecret }),
    network,
    ...(certificates !== undefined && { certificates: readFileSync(certificates, "utf8") }),
    projectFiles: projectFileContents([plan], folder),
  };
}
