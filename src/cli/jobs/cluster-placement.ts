import type { KubernetesPlacement } from "../../kubernetes/lowering/kubernetes-placement.ts";
import { projectFileContents } from "../../kubernetes/project-file-contents.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { clusterProperties } from "../../stacks/place-in-cluster.ts";
import { clusterNetworkFrom } from "../../stacks/place-network-from.ts";
import type { Project } from "../workspace/project.ts";

/** What the settings of a project and this machine add to a sandbox in any namespace. */
export function clusterPlacement(
  { settings, folder }: Project,
  plan: Plan,
): Omit<KubernetesPlacement, "namespace" | "ownership"> {
  return {
    privilegedImages: settings.privilegedImages,
    ...clusterProperties(settings.kubernetes, clusterNetworkFrom(settings.kubernetes, process.env)),
    projectFiles: projectFileContents([plan], folder),
  };
}
