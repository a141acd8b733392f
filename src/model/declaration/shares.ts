import type { ServiceDefinition } from "./service.ts";

/** A volume through which a service shares a folder, and the folder's path: the same wherever it is seen. */
export interface SharedVolume {
  /** The key of the volume within the sandbox. */
  readonly volume: string;
  readonly target: string;
}

/** The volumes for the folders that a service shares: one for each. */
export function sharedVolumesOf(
  key: string,
  { shares = [] }: Pick<ServiceDefinition, "shares">,
): readonly SharedVolume[] {
  return shares.map((target, index) => ({
    volume: index === 0 ? `${key}-shared` : `${key}-shared-${index + 1}`,
    target,
  }));
}
