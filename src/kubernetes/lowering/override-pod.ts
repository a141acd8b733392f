import { isOwnLabel } from "../../model/labels.ts";
import { changedLabels, overridden } from "../../model/override.ts";
import type { PlannedContainer } from "../../model/plan/plan.ts";
import { imageMatches } from "../../model/plan/privilege.ts";
import { type Capability, privilegesIn } from "../../model/privileges.ts";
import type { KubernetesPlacement } from "./kubernetes-placement.ts";
import type { Pod, PodContainer, PodTemplate } from "./manifest.ts";

declare module "../../model/override.ts" {
  interface ServiceOverrides {
    /** Changes the pod template of the service's Deployment or Job. */
    readonly kubernetes?: (pod: PodTemplate) => PodTemplate;
  }
  interface JobOverrides {
    /** Changes the pod template of the Job. */
    readonly kubernetes?: (pod: PodTemplate) => PodTemplate;
  }
}

/**
 * The pod template of a container after the declaration's override.
 * @param path the path of the service or job
 * @throws ConfigurationError for an override that fails, removes what Nestbox needs, or gives power over the
 * node to an image that is not allowed
 */
export function overridePod(
  path: string,
  container: PlannedContainer,
  template: PodTemplate,
  { privilegedImages }: KubernetesPlacement,
): PodTemplate {
  const allowed = (image: string) => privilegedImages.some((pattern) => imageMatches(pattern, image));
  return overridden("kubernetes", path, container, template, (changed) => {
    const missing = missingIn(template, changed);
    if (missing !== undefined || allowed(container.image)) return missing;
    const [power] = powersIn(changed.spec as Pod, template.spec as Pod);
    const remedy = `remove it, or add the image to nestbox:privilegedImages (${privilegedImages.join(", ")})`;
    return power && `"${container.image}" ${power}; ${remedy}`;
  });
}

/** What Nestbox needs and a changed template lacks. */
function missingIn({ metadata, spec }: PodTemplate, changed: PodTemplate): string | undefined {
  const own = Object.entries(metadata?.labels ?? {}).filter(([name]) => isOwnLabel(name));
  const [main] = spec?.containers ?? [];
  const kept = changed.spec?.containers?.find(({ name }) => name === main?.name);
  if (kept === undefined) return `removes the container "${main?.name}"; keep its name`;
  if (kept.image !== main?.image) return "changes the image; set the image of the declaration";
  if (main?.readinessProbe !== undefined && kept.readinessProbe === undefined)
    return "removes the readinessProbe, by which Nestbox knows that it is ready; declare another probe";
  const added = Object.keys(changed.metadata?.labels ?? {}).find(
    (name) => isOwnLabel(name) && !own.some(([known]) => known === name),
  );
  if (added !== undefined) return `adds ${added}, a label of Nestbox's own; use another name`;
  return changedLabels(Object.fromEntries(own), changed.metadata?.labels);
}

/** What an override gives a pod over its node, as verb phrases. */
function powersIn(pod: Pod, before: Pod): readonly string[] {
  const containers: readonly PodContainer[] = [...(pod.containers ?? []), ...(pod.initContainers ?? [])];
  const ownVolumes = new Set((before.volumes ?? []).map(({ name }) => name));
  const sysctls = (pod.securityContext?.sysctls ?? []).map(({ name, value }) => [name, value] as const);
  return [
    ...(["hostNetwork", "hostPID", "hostIPC"] as const)
      .filter((name) => pod[name] === true)
      .map((name) => `may not have ${name}, which it would share with the node`),
    ...(pod.volumes ?? [])
      .filter((volume) => !ownVolumes.has(volume.name) && "hostPath" in volume)
      .map(({ hostPath }) => `may not mount ${hostPath?.path} of the node`),
    ...unconfined(pod.securityContext, before.securityContext),
    ...privilegesIn({ privileged: false, sysctls: Object.fromEntries(sysctls) }).map(({ why }) => why),
    ...containers.flatMap(({ securityContext, ports = [] }) => [
      ...privilegesIn({
        privileged: securityContext?.privileged === true,
        capAdd: (securityContext?.capabilities?.add ?? []).map(
          (name) => name.toUpperCase().replace(/^CAP_/, "") as Capability,
        ),
      }).map(({ why }) => why),
      ...unconfined(securityContext, undefined),
      ...(securityContext?.procMount === "Unmasked" ? ["may not have an unmasked /proc"] : []),
      ...ports
        .filter(({ hostPort = 0 }) => hostPort > 0)
        .map(({ hostPort }) => `may not take port ${hostPort} of the node`),
    ]),
  ];
}

type Confinement = Pick<NonNullable<PodContainer["securityContext"]>, "seccompProfile" | "appArmorProfile">;

/** Profiles that an override turns off. */
function unconfined(changed: Confinement | undefined, before: Confinement | undefined): readonly string[] {
  const isOff =
    changed?.seccompProfile?.type === "Unconfined" ||
    changed?.appArmorProfile?.type === "Unconfined" ||
    (before?.seccompProfile !== undefined && changed?.seccompProfile === undefined);
  return isOff ? ["may not do without the profile of system calls or AppArmor"] : [];
}
