import type { PlannedContainer } from "../../model/plan/plan.ts";
import type { KubernetesPlacement } from "./kubernetes-placement.ts";
import type { PodContainer } from "./manifest.ts";
import { unexpanded } from "./pod-environment.ts";
import { unprivileged } from "./pod-security.ts";
import { SMALL_REQUESTS } from "./resources.ts";

/** The default image of init containers. */
const HELPER_IMAGE = "alpine:3.19";

/** Enough to unpack a project. A quota with limits refuses pods with a container that has none. */
const LIMITS = { cpu: "500m", memory: "64Mi" };

export function helperImage({ pods }: KubernetesPlacement): string {
  return pods?.helper?.image ?? HELPER_IMAGE;
}

/** An init container that runs a script, without any capability, as the user of the one that it helps. */
export function helperContainer(
  name: string,
  script: string,
  placement: KubernetesPlacement,
  helped: Pick<PlannedContainer, "user">,
): PodContainer {
  const { helper = {} } = placement.pods ?? {};
  return {
    name,
    image: helperImage(placement),
    command: ["sh", "-ec", unexpanded(script)],
    resources: {
      requests: { ...SMALL_REQUESTS, ...helper.requests },
      limits: { ...LIMITS, ...helper.limits },
    },
    ...unprivileged(helped),
  };
}
