import type { ServiceDefinition } from "./service.ts";

/** A volume for a shared folder of a service, with the folder's path in all containers. */
export interface SharedVolume {
  /** The key of the volume within the sandbox. */
  readonly volume: string;
  readonly target: string;
}

/** The volumes of a service for its shared folders, one for each folder. */
export function sharedVolumesOf(
  key: string,
  { shares = [] }: Pick<ServiceDefinition, "shares">,
): readonly SharedVolume[] {
  return shares.map((target, index) => ({
    volume: index === 0 ? `${key}-shared` : `${key}-shared-${index + 1}`,
    target,
  }));
}
