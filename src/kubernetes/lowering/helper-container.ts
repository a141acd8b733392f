import { HELPER_IMAGE, type KubernetesPlacement } from "./kubernetes-placement.ts";
import type { PodContainer } from "./manifest.ts";
import { unexpanded } from "./pod-environment.ts";

/** An init container that runs a script, without any capability. */
export function helperContainer(
  name: string,
  script: string,
  { helperImage = HELPER_IMAGE }: KubernetesPlacement,
): PodContainer {
  return {
    name,
    image: helperImage,
    command: ["sh", "-ec", unexpanded(script)],
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  };
}
