import { toYaml, type YamlValue } from "../../text/yaml.ts";
import { type ClusterCleanUp, cleanUpObjects } from "./clean-up-objects.ts";

/** The objects of a scheduled clean-up as YAML, for an administrator. */
export function cleanUpManifest(cleanUp: ClusterCleanUp): string {
  const { namespaces, sharedNamespaces, others } = cleanUpObjects(cleanUp);
  const objects: readonly YamlValue[] = [...namespaces, ...sharedNamespaces, ...others];
  const [first = "", ...more] = objects.map((object) => toYaml(object).trimEnd());
  const head =
    "# A scheduled nestbox gc, with the rights of that verb alone. Apply it with kubectl apply -f.";
  return `${[`${head}\n${first}`, ...more].join("\n---\n")}\n`;
}
