import { isDeepStrictEqual } from "node:util";
import { isOwnLabel } from "../model/labels.ts";
import { changedLabels, overridden } from "../model/override.ts";
import type { PlannedContainer } from "../model/plan/plan.ts";
import type { YamlValue } from "../text/yaml.ts";

/** An entry of `services:` in a compose file: https://docs.docker.com/reference/compose-file/services/ */
export type ComposeService = Readonly<Record<string, YamlValue | undefined>>;

declare module "../model/override.ts" {
  interface ServiceOverrides {
    /** Changes the entry in `services:` of the compose file. */
    readonly compose?: (service: ComposeService) => ComposeService;
  }
  interface JobOverrides {
    /** Changes the entry in `services:` of the compose file. */
    readonly compose?: (service: ComposeService) => ComposeService;
  }
}

/**
 * The entry of a container after the declaration's override.
 * @param path the path of the service or job
 * @throws ConfigurationError for an override that fails or removes what Nestbox needs
 */
export function overrideEntry(
  path: string,
  container: PlannedContainer,
  entry: ComposeService,
): ComposeService {
  return overridden("compose", path, container, entry, (changed) => {
    if (changed.image !== entry.image) return "changes the image; set the image of the declaration";
    if (!isDeepStrictEqual(changed.networks, entry.networks) || changed.network_mode !== undefined)
      return "changes the networks; keep them, and declare networks";
    if (entry.healthcheck !== undefined && changed.healthcheck === undefined)
      return "removes the healthcheck, for which others wait; declare another probe";
    const labels = entry.labels as Readonly<Record<string, string>>;
    const own = Object.entries(labels).filter(([name]) => isOwnLabel(name));
    return changedLabels(Object.fromEntries(own), changed.labels as Readonly<Record<string, unknown>>);
  });
}
