import { ConfigurationError } from "../model/problem.ts";

/** The setting `nestbox:kubernetes` of a stack. */
export interface KubernetesSettings {
  /** The context of the kubeconfig. @default its current one */
  readonly context?: string;
  /** What the names of namespaces start with. @default nothing */
  readonly namespacePrefix?: string;
  /** The class of volumes. @default the cluster's default class */
  readonly storageClass?: string;
  /** The Secret with credentials of registries; the cluster must put it into each namespace. @default none */
  readonly imagePullSecret?: string;
  /** The registry mirror for Docker daemons in pods, as pods reach it. @default none */
  readonly registryMirror?: string;
}

/** A DNS subdomain, as names of objects are. */
const OBJECT_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/** What each value must match. The rest of a namespace's name has 47 characters of the 63. */
const KEYS: { readonly [Key in keyof Required<KubernetesSettings>]: readonly [RegExp, string] } = {
  context: [/./, 'a context of the kubeconfig such as "staging"'],
  namespacePrefix: [
    /^[a-z][a-z0-9-]{0,15}$/,
    'at most 16 lower-case letters, digits and dashes, starting with a letter, such as "test-"',
  ],
  storageClass: [OBJECT_NAME, 'the name of a StorageClass such as "standard"'],
  imagePullSecret: [OBJECT_NAME, 'the name of a Secret such as "registry"'],
  registryMirror: [/^https?:\/\/\S+$/, 'the address of a registry such as "http://mirror.ci:5000"'],
};

/**
 * Parses the setting `nestbox:kubernetes` of a stack.
 * @param place the start of error messages: `Pulumi.dev.yaml: nestbox:kubernetes`
 * @throws ConfigurationError for an unknown key or an invalid value
 */
export function kubernetesSettingsFrom(value: unknown, place: string): KubernetesSettings {
  const known = Object.keys(KEYS).join(", ");
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new ConfigurationError(`${place} is ${JSON.stringify(value)}; it must be a map of ${known}`);
  for (const [key, found] of Object.entries(value)) {
    if (!Object.hasOwn(KEYS, key))
      throw new ConfigurationError(`${place}.${key} is not a setting; use one of ${known}`);
    const [pattern, wanted] = KEYS[key as keyof KubernetesSettings];
    if (typeof found !== "string" || !pattern.test(found))
      throw new ConfigurationError(`${place}.${key} is ${JSON.stringify(found)}; it must be ${wanted}`);
  }
  return value;
}
