import { LABEL } from "../model/labels.ts";
import type { ExistingContainer, ExistingNetwork } from "./facts.ts";

/**
 * The networks, by key, that a container was disconnected from: they exist, and it is not connected.
 * @param keys the networks of its declaration
 */
export function detachedNetworks(
  { labels, networks: joined }: ExistingContainer,
  keys: readonly string[],
  existing: readonly ExistingNetwork[],
): readonly string[] {
  return keys.filter((key) => {
    const candidates = existing.filter(
      ({ labels: others }) =>
        [LABEL.owner, LABEL.component].every((label) => others[label] === labels[label]) &&
        others[LABEL.part] === key,
    );
    // A killed command may have left a duplicate network.
    return candidates.length > 0 && !candidates.some(({ name }) => joined.includes(name));
  });
}
