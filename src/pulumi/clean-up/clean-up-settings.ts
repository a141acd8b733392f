import type { Duration } from "../../model/duration.ts";
import { durationKind, illegalSetting, legalSettings, settingValues } from "../../model/settings-map.ts";

/** The setting `nestbox:cleanUp` of a stack. */
export interface CleanUpSettings {
  /** The image built from container/Dockerfile. */
  readonly image: string;
  /** The interval between two removals. @default "1h" */
  readonly every?: Duration;
  /** The path of the engine's socket on its host. @default "/var/run/docker.sock" */
  readonly dockerSocket?: string;
}

const IMAGE = "the image built from container/Dockerfile";
const OPTIONAL = {
  every: durationKind("1h"),
  dockerSocket: {
    isLegal: (value: unknown) => typeof value === "string" && value.startsWith("/"),
    wanted: "the path of the engine's socket on its host",
  },
};

/**
 * Parses the setting `nestbox:cleanUp` of a stack.
 * @param place the start of error messages: `Pulumi.ci.yaml: nestbox:cleanUp`
 * @throws ConfigurationError for a missing or unknown key, or an invalid value
 */
export function cleanUpSettingsFrom(value: unknown, place: string): CleanUpSettings {
  const settings = settingValues(value, ["image", ...Object.keys(OPTIONAL)], place);
  const { image } = settings;
  if (typeof image !== "string" || image === "") throw illegalSetting(`${place}.image`, image, IMAGE);
  return { image, ...legalSettings(settings, OPTIONAL, place) };
}
