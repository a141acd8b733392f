import type { Labels } from "../../model/labels.ts";
import { base36Digest } from "../../model/names.ts";
import { CERTIFICATES, environmentIn } from "../../model/plan/place-network.ts";
import type { PlannedContainer } from "../../model/plan/plan.ts";
import { secretNamesIn } from "../../model/plan/secret-names.ts";
import { podHostAliases } from "./host-aliases.ts";
import type { KubernetesPlacement, PlacedPlan } from "./kubernetes-placement.ts";
import type { ConfigMapManifest, Pod, PodContainer, PodMount, PodTemplate } from "./manifest.ts";
import { networkLabels, objectHead } from "./object-labels.ts";
import { podVariables, unexpanded } from "./pod-environment.ts";
import { podFiles } from "./pod-files.ts";
import { containerSecurity, podSecurity } from "./pod-security.ts";
import { podVolumes, volumeAffinity, volumeLabels } from "./pod-volumes.ts";
import { podResources } from "./resources.ts";

/** What a service or a job adds to the pod that both have in common. */
export interface PodParts {
  readonly labels: Labels;
  /** The name of the ConfigMap with its files. */
  readonly filesName: string;
  readonly pod: Pick<Pod, "terminationGracePeriodSeconds" | "restartPolicy" | "shareProcessNamespace">;
  readonly initContainers: readonly PodContainer[];
  readonly containerName: string;
  readonly command: readonly string[] | undefined;
  readonly container: Partial<PodContainer>;
  /** Empty folders, besides the volumes of the sandbox. @default none */
  readonly folders?: readonly PodMount[];
}

/**
 * The template of a container's pod, and the ConfigMap that it mounts, if any. The pod has no token for the
 * API server. Variables of the namespace's Services would override its own, such as REDIS_PORT.
 */
export function podTemplate(placed: PlacedPlan, container: PlannedContainer, parts: PodParts) {
  const { plan, placement } = placed;
  const { labels, filesName, folders = [] } = parts;
  const files = podFiles(placed, container, objectHead(placed, "v1", "ConfigMap", filesName, labels));
  const declared = podVolumes(plan, container);
  const initContainers = [...parts.initContainers, ...files.initContainers];
  const volumes = [
    ...folders.map(({ name }) => ({ name, emptyDir: {} })),
    ...declared.volumes,
    ...files.volumes,
  ];
  const mounts = [...folders, ...declared.mounts, ...files.mounts];
  const annotations = contentAnnotations(container, placement, files.configMaps);
  const template: PodTemplate = {
    metadata: {
      labels: { ...labels, ...networkLabels(container), ...volumeLabels(plan, container) },
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      ...parts.pod,
      ...imagePullSecrets(placement),
      ...podSecurity(container),
      ...podHostAliases(plan, container),
      ...volumeAffinity(plan, container),
      ...(initContainers.length > 0 && { initContainers }),
      containers: [mainContainer(container, placement, parts, mounts)],
      ...(volumes.length > 0 && { volumes }),
    },
  };
  return { template, configMaps: files.configMaps };
}

export function imagePullSecrets({ imagePullSecret: name }: KubernetesPlacement): Partial<Pod> {
  return name === undefined ? {} : { imagePullSecrets: [{ name }] };
}

/** Kubernetes replaces no pod when a ConfigMap or a Secret changes, but when an annotation does. */
function contentAnnotations(
  container: PlannedContainer,
  { secretRevisions = {} }: KubernetesPlacement,
  [configMap]: readonly ConfigMapManifest[],
): Labels {
  const content = configMap && JSON.stringify([configMap.data, configMap.binaryData]);
  const revisions = secretNamesIn([container]).flatMap((name) => secretRevisions[name] ?? []);
  return {
    ...(content && { "nestbox.files": base36Digest(content, 12) }),
    ...(revisions.length > 0 && { "nestbox.secrets": base36Digest(revisions.join(), 12) }),
  };
}

function mainContainer(
  container: PlannedContainer,
  { certificates }: KubernetesPlacement,
  parts: PodParts,
  volumeMounts: readonly PodMount[],
): PodContainer {
  const network = certificates === undefined ? {} : { certificates: CERTIFICATES };
  const env = podVariables(environmentIn(network, container));
  return {
    name: parts.containerName,
    image: container.image,
    ...commandAndArguments(container, parts),
    ...(env.length > 0 && { env }),
    ...parts.container,
    ...podResources(container.limits),
    ...containerSecurity(container),
    ...(volumeMounts.length > 0 && { volumeMounts }),
  };
}

/** Kubernetes' `command` is the entrypoint. It takes an empty list for none given. */
function commandAndArguments(
  { entrypoint }: PlannedContainer,
  { command }: PodParts,
): Pick<PodContainer, "command" | "args"> {
  const words = command?.map(unexpanded);
  if (entrypoint === undefined) return words ? { args: words } : {};
  if (entrypoint.length === 0) return words ? { command: words } : {};
  return { command: entrypoint.map(unexpanded), ...(words && { args: words }) };
}
