import { helperImage } from "./helper-container.ts";
import type { KubernetesPlacement, PlacedPlan } from "./kubernetes-placement.ts";
import { objectHead } from "./object-labels.ts";
import { nameIn } from "./sandbox-scope.ts";

/** The name of the Secret with this machine's logins for registries. */
export const PULL_SECRET_NAME = "nestbox-registries";

/** The name of the Secret that pods pull their images with; undefined without one. */
export function pullSecretName(placement: KubernetesPlacement): string | undefined {
  const { imagePullSecret } = placement;
  return typeof imagePullSecret === "object" ? nameIn(placement, PULL_SECRET_NAME) : imagePullSecret;
}

/** The Secret of a sandbox with this machine's logins, without them, and the images that they are for. */
export function namedPullSecret(placed: PlacedPlan) {
  return {
    ...objectHead(placed, "v1", "Secret", PULL_SECRET_NAME),
    // https://kubernetes.io/docs/concepts/configuration/secret/#docker-config-secrets
    type: "kubernetes.io/dockerconfigjson",
    images: [...placed.plan.images, helperImage(placed.placement)],
  };
}

/** The Secret with the logins. @param logins the text of a config.json */
export function pullSecretManifest<Value>(
  { images: _, ...head }: ReturnType<typeof namedPullSecret>,
  logins: Value,
) {
  return { ...head, stringData: { ".dockerconfigjson": logins } };
}
