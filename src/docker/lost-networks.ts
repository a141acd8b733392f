import { LABEL } from "../model/labels.ts";
import type { ExistingContainer, ExistingNetwork } from "./facts.ts";

/**
 * Which of these networks of its sandbox, by key, a container is not on although they are there: somebody has
 * disconnected it.
 * @param keys the networks that it should be on
 */
export function lostNetworks(
  { labels, networks: joined }: ExistingContainer,
  keys: readonly string[],
  existing: readonly ExistingNetwork[],
): readonly string[] {
  return keys.filter((key) => {
    const candidates = existing.filter(
      ({ labels: others }) =>
        [LABEL.owner, LABEL.sandbox].every((label) => others[label] === labels[label]) &&
        others[LABEL.part] === key,
    );
    // A command that was killed may have left a second one.
    return candidates.length > 0 && !candidates.some(({ name }) => joined.includes(name));
  });
}
