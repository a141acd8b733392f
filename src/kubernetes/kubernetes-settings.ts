import { isDeepStrictEqual } from "node:util";
import { matching, OBJECT_NAME, POD_SETTINGS, settingsMap } from "./check-pod-settings.ts";
import type { PodSettings } from "./pod-settings.ts";

/** The setting `nestbox:kubernetes` of a stack. */
export interface KubernetesSettings extends PodSettings {
  /** The context of the kubeconfig. @default its current one */
  readonly context?: string;
  /** A namespace that exists, and takes all sandboxes. @default each sandbox has a namespace of its own */
  readonly namespace?: string;
  /** What the names of namespaces, or inside one those of sandboxes, start with. @default nothing */
  readonly namespacePrefix?: string;
  /** The class of volumes. @default the cluster's default class */
  readonly storageClass?: string;
  /**
   * The Secret with credentials of registries, which the cluster must put into each namespace; `fromDocker`
   * creates one of this machine's logins for the registries of the sandbox's images. @default none
   */
  readonly imagePullSecret?: string | { readonly fromDocker: true };
  /**
   * Where images that are built are pushed, and where the cluster pulls them: a registry, and a path in it.
   * @default none: a sandbox with such an image is refused
   */
  readonly registry?: string;
  /** The registry mirror for Docker daemons in pods, as pods reach it. @default none */
  readonly registryMirror?: string;
}

/** What each value must be. The rest of a namespace's name has 47 characters of the 63. */
const KEYS: Readonly<Record<keyof Required<KubernetesSettings>, ReturnType<typeof matching>>> = {
  context: matching(/./, 'a context of the kubeconfig such as "staging"'),
  namespace: matching(
    /^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
    'the name of a namespace that exists, such as "team-a"',
  ),
  namespacePrefix: matching(
    /^[a-z][a-z0-9-]{0,15}$/,
    'at most 16 lower-case letters, digits and dashes, starting with a letter, such as "test-"',
  ),
  storageClass: matching(OBJECT_NAME, 'the name of a StorageClass such as "standard"'),
  imagePullSecret: (value, place) => {
    if (isDeepStrictEqual(value, { fromDocker: true })) return;
    matching(OBJECT_NAME, 'the name of a Secret such as "registry", or { fromDocker: true }')(value, place);
  },
  registry: matching(
    /^(?=[^/]*[.:])[a-z0-9][a-z0-9.-]*(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/,
    'a registry and a path in it, such as "registry.example.com/team"',
  ),
  registryMirror: matching(/^https?:\/\/\S+$/, 'the address of a registry such as "http://mirror.ci:5000"'),
  ...POD_SETTINGS,
};

/**
 * Parses the setting `nestbox:kubernetes` of a stack.
 * @param place the start of error messages: `Pulumi.dev.yaml: nestbox:kubernetes`
 * @throws ConfigurationError for an unknown key or an invalid value
 */
export function kubernetesSettingsFrom(value: unknown, place: string): KubernetesSettings {
  settingsMap(KEYS)(value, place);
  return value as KubernetesSettings;
}
