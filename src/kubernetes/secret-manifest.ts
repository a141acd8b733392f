import type { KubernetesObjects } from "./lowering/lower-to-kubernetes.ts";

/** The Secret of a sandbox with the values of its secrets, by name. */
export function secretManifest<Value>(
  { metadata, keys }: NonNullable<KubernetesObjects["secret"]>,
  values: Readonly<Record<string, Value>>,
) {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata,
    stringData: Object.fromEntries(keys.map((name) => [name, values[name] ?? ""])),
  } as const;
}
