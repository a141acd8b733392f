import type { Plan } from "../../model/plan/plan.ts";
import type { KubernetesPlacement } from "../lowering/kubernetes-placement.ts";
import { objectMetadata, sandboxLabels } from "../lowering/object-labels.ts";
import { SECRET_NAME } from "../lowering/pod-environment.ts";

/** The Secret of a sandbox with the values of its secrets, by name. */
export function secretManifest(
  plan: Plan,
  placement: KubernetesPlacement,
  values: Readonly<Record<string, string>>,
) {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: objectMetadata(placement, SECRET_NAME, sandboxLabels(plan, placement)),
    stringData: Object.fromEntries(plan.secrets.map((name) => [name, values[name] ?? ""])),
  };
}
