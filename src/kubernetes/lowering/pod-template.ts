import type { Labels } from "../../model/labels.ts";
import { base36Digest } from "../../model/names.ts";
import { CERTIFICATES, environmentIn } from "../../model/plan/place-network.ts";
import type { PlannedContainer } from "../../model/plan/plan.ts";
import { secretNamesIn } from "../../model/plan/secret-names.ts";
import { bytes } from "../../model/size.ts";
import { podHostAliases } from "./host-aliases.ts";
import type { KubernetesPlacement, PlacedPlan } from "./kubernetes-placement.ts";
import type { ConfigMapManifest, Pod, PodContainer, PodMount, PodTemplate } from "./manifest.ts";
import { legalLabels, networkLabels, objectHead } from "./object-labels.ts";
import { overridePod } from "./override-pod.ts";
import { podVariables, unexpanded } from "./pod-environment.ts";
import { podFiles } from "./pod-files.ts";
import { podSecurity } from "./pod-security.ts";
import { podVolumes, volumeAffinity, volumeLabels } from "./pod-volumes.ts";
import { pullSecretName } from "./pull-secret.ts";
import { podResources } from "./resources.ts";

/** What a service or a job adds to the pod that both have in common. */
export interface PodParts {
  /** The path of the service or job. */
  readonly path: string;
  readonly labels: Labels;
  /** The name of the ConfigMap with its files. */
  readonly filesName: string;
  readonly pod: Pick<Pod, "terminationGracePeriodSeconds" | "restartPolicy" | "shareProcessNamespace">;
  readonly initContainers: readonly PodContainer[];
  readonly containerName: string;
  readonly command: readonly string[] | undefined;
  readonly container: Partial<PodContainer>;
  /** Whether it creates user namespaces. @default false */
  readonly userNamespaces?: boolean;
  /** Empty folders, besides the volumes of the sandbox. @default none */
  readonly folders?: readonly PodMount[];
  /** The containers that its own container needs beside it. @default none */
  readonly helpers?: (own: PodContainer) => PodHelpers;
}

export interface PodHelpers {
  readonly initContainers: readonly PodContainer[];
  readonly containers: readonly PodContainer[];
}

/**
 * The template of a container's pod, and the ConfigMap that it mounts, if any. The pod has no token for the
 * API server. Variables of the namespace's Services would override its own, such as REDIS_PORT.
 */
export function podTemplate(placed: PlacedPlan, container: PlannedContainer, parts: PodParts) {
  const { plan, placement } = placed;
  const { labels, filesName, folders = [] } = parts;
  const {
    key,
    image,
    env,
    entrypoint,
    files: planned,
    placeCertificates,
    mounts: ofVolumes,
    ...others
  } = container;
  const {
    networks,
    tmpfs,
    limits,
    extraHosts,
    shmSize,
    platform,
    labels: declaredLabels = {},
    ...more
  } = others;
  // The names of its Services, what selected it, how its job or service runs, and what no pod has.
  const { aliases: _aliases, profiles: _profiles, init: _init, ulimits: _ulimits, ...left } = more;
  const { overrides: _overrides, ...ofSecurity } = left;
  const { userNamespaces = false } = parts;
  const security = podSecurity(ofSecurity, { mounts: ofVolumes, userNamespaces });
  const head = objectHead(placed, "v1", "ConfigMap", filesName, labels);
  const files = podFiles(placed, container, head);
  const memory = shmSize === undefined ? tmpfs : { ...tmpfs, "/dev/shm": bytes(shmSize) };
  const declared = podVolumes(placed, ofVolumes, memory);
  const volumes = [
    ...folders.map(({ name }) => ({ name, emptyDir: {} })),
    ...declared.volumes,
    ...files.volumes,
  ];
  const mounts = [...folders, ...declared.mounts, ...files.mounts];
  const network = placement.certificates === undefined ? {} : { certificates: CERTIFICATES };
  const variables = podVariables(placement, environmentIn(network, { env, placeCertificates }));
  const { pods = {} } = placement;
  const content = contentAnnotations({ env, files: planned }, placement, files.configMaps);
  const annotations = { ...pods.annotations, ...content };
  const settings = settingsOfPods(placement);
  const own: PodContainer = {
    name: parts.containerName,
    image,
    ...commandAndArguments(entrypoint, parts.command),
    ...(variables.length > 0 && { env: variables }),
    ...parts.container,
    ...podResources(limits, pods),
    ...security.container,
    ...(mounts.length > 0 && { volumeMounts: mounts }),
  };
  const helpers = parts.helpers?.(own) ?? { initContainers: [], containers: [] };
  const initContainers = [...parts.initContainers, ...files.initContainers, ...helpers.initContainers];
  const template: PodTemplate = {
    metadata: {
      labels: {
        ...pods.labels,
        ...legalLabels(declaredLabels),
        ...labels,
        ...networkLabels(networks),
        ...volumeLabels(plan, ofVolumes),
      },
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      ...parts.pod,
      ...settings,
      ...security.pod,
      ...nodeOf(platform, settings),
      ...podHostAliases(plan, key, { ...placement.addresses, ...extraHosts }),
      ...volumeAffinity(placed, ofVolumes),
      ...(initContainers.length > 0 && { initContainers }),
      containers: [own, ...helpers.containers],
      ...(volumes.length > 0 && { volumes }),
    },
  };
  return { template: overridePod(parts.path, container, template, placement), configMaps: files.configMaps };
}

/** A pod runs its image on a node of that platform. */
function nodeOf(
  platform: string | undefined,
  { nodeSelector }: Pick<Pod, "nodeSelector">,
): Pick<Pod, "nodeSelector"> {
  const [os, architecture] = platform?.split("/") ?? [];
  if (os === undefined || architecture === undefined) return {};
  return { nodeSelector: { ...nodeSelector, "kubernetes.io/os": os, "kubernetes.io/arch": architecture } };
}

/** What the settings of a cluster decide of each pod. */
export function settingsOfPods(placement: KubernetesPlacement): Partial<Pod> {
  const { pods = {} } = placement;
  const name = pullSecretName(placement);
  const { nodeSelector, tolerations, priorityClass, serviceAccount } = pods;
  return {
    ...(name !== undefined && { imagePullSecrets: [{ name }] }),
    ...(nodeSelector !== undefined && { nodeSelector }),
    ...(tolerations !== undefined && { tolerations }),
    ...(priorityClass !== undefined && { priorityClassName: priorityClass }),
    ...(serviceAccount !== undefined && { serviceAccountName: serviceAccount }),
  };
}

/** Kubernetes replaces no pod when a ConfigMap or a Secret changes, but when an annotation does. */
function contentAnnotations(
  texts: Pick<PlannedContainer, "env" | "files">,
  { secretRevisions = {} }: KubernetesPlacement,
  [configMap]: readonly ConfigMapManifest[],
): Labels {
  const content = configMap && JSON.stringify([configMap.data, configMap.binaryData]);
  const revisions = secretNamesIn([texts]).flatMap((name) => secretRevisions[name] ?? []);
  return {
    ...(content && { "nestbox.files": base36Digest(content, 12) }),
    ...(revisions.length > 0 && { "nestbox.secrets": base36Digest(revisions.join(), 12) }),
  };
}

/** Kubernetes' `command` is the entrypoint. It takes an empty list for none given. */
function commandAndArguments(
  entrypoint: readonly string[] | undefined,
  command: readonly string[] | undefined,
): Pick<PodContainer, "command" | "args"> {
  const words = command?.map(unexpanded);
  if (entrypoint === undefined) return words ? { args: words } : {};
  if (entrypoint.length === 0) return words ? { command: words } : {};
  return { command: entrypoint.map(unexpanded), ...(words && { args: words }) };
}
