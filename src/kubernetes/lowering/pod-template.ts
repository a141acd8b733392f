import type { Labels } from "../../model/labels.ts";
import { base36Digest } from "../../model/names.ts";
import { CERTIFICATES, environmentIn } from "../../model/plan/place-network.ts";
import type { Plan, PlannedContainer } from "../../model/plan/plan.ts";
import { secretNamesIn } from "../../model/plan/secret-names.ts";
import { podHostAliases } from "./host-aliases.ts";
import type { KubernetesPlacement } from "./kubernetes-placement.ts";
import type { Pod, PodContainer, PodMount, PodTemplate } from "./manifest.ts";
import { networkLabels } from "./object-labels.ts";
import { podVariables, unexpanded } from "./pod-environment.ts";
import type { PodFiles } from "./pod-files.ts";
import { containerSecurity, podSecurity } from "./pod-security.ts";
import { podVolumes, volumeAffinity, volumeLabels } from "./pod-volumes.ts";
import { podResources } from "./resources.ts";

/** What a service or a job adds to the pod that both have in common. */
export interface PodParts {
  readonly labels: Labels;
  readonly files: PodFiles;
  readonly pod: Pick<Pod, "terminationGracePeriodSeconds" | "restartPolicy" | "shareProcessNamespace">;
  readonly initContainers: readonly PodContainer[];
  readonly containerName: string;
  readonly command?: readonly string[];
  readonly container: Partial<PodContainer>;
  /** Empty folders, besides the volumes of the sandbox. */
  readonly folders: readonly PodMount[];
}

/**
 * The template of a container's pod. It has no token for the API server. Variables of the namespace's
 * Services would override its own, such as REDIS_PORT.
 */
export function podTemplate(
  plan: Plan,
  container: PlannedContainer,
  placement: KubernetesPlacement,
  parts: PodParts,
): PodTemplate {
  const { files, folders, initContainers } = parts;
  const declared = podVolumes(plan, container);
  const hostAliases = podHostAliases(plan, container);
  const affinity = volumeAffinity(plan, container);
  const writers = [...initContainers, ...files.initContainers];
  const volumes = [
    ...folders.map(({ name }) => ({ name, emptyDir: {} })),
    ...declared.volumes,
    ...files.volumes,
  ];
  const annotations = contentAnnotations(container, placement, files);
  return {
    metadata: {
      labels: { ...parts.labels, ...networkLabels(container), ...volumeLabels(plan, container) },
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      ...parts.pod,
      ...(placement.imagePullSecret !== undefined && {
        imagePullSecrets: [{ name: placement.imagePullSecret }],
      }),
      ...podSecurity(container),
      ...(hostAliases.length > 0 && { hostAliases }),
      ...(affinity && { affinity }),
      ...(writers.length > 0 && { initContainers: writers }),
      containers: [
        mainContainer(container, placement, parts, [...folders, ...declared.mounts, ...files.mounts]),
      ],
      ...(volumes.length > 0 && { volumes }),
    },
  };
}

/** Kubernetes replaces no pod when a ConfigMap or a Secret changes, but when an annotation does. */
function contentAnnotations(
  container: PlannedContainer,
  { secretRevisions = {} }: KubernetesPlacement,
  { contentHash }: PodFiles,
): Labels {
  const revisions = secretNamesIn([container]).flatMap((name) => secretRevisions[name] ?? []);
  return {
    ...(contentHash !== undefined && { "nestbox.files": contentHash }),
    ...(revisions.length > 0 && { "nestbox.secrets": base36Digest(revisions.join(), 12) }),
  };
}

function mainContainer(
  container: PlannedContainer,
  { certificates }: KubernetesPlacement,
  parts: PodParts,
  mounts: readonly PodMount[],
): PodContainer {
  const env = podVariables(
    environmentIn(certificates === undefined ? {} : { certificates: CERTIFICATES }, container),
  );
  const resources = podResources(container.limits);
  const security = containerSecurity(container);
  return {
    name: parts.containerName,
    image: container.image,
    ...commandAndArguments(container, parts.command),
    ...(env.length > 0 && { env }),
    ...parts.container,
    ...(resources && { resources }),
    ...(security && { securityContext: security }),
    ...(mounts.length > 0 && { volumeMounts: mounts }),
  };
}

/** Kubernetes' `command` is the entrypoint. It takes an empty list for none given. */
function commandAndArguments(
  { entrypoint }: PlannedContainer,
  command: readonly string[] | undefined,
): Pick<PodContainer, "command" | "args"> {
  const words = command?.map(unexpanded);
  if (entrypoint === undefined) return words ? { args: words } : {};
  if (entrypoint.length === 0) return words ? { command: words } : {};
  return { command: entrypoint.map(unexpanded), ...(words && { args: words }) };
}
