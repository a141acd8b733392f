import { CRON_TIME, cronSchedule } from "../../kubernetes/clean-up/cron-schedule.ts";
import type { Duration } from "../../model/duration.ts";
import { ConfigurationError } from "../../model/problem.ts";
import {
  durationKind,
  illegalSetting,
  legalSettings,
  type SettingValues,
  settingValues,
} from "../../model/settings-map.ts";

/** The setting `nestbox:cleanUp` of a stack. */
export interface CleanUpSettings {
  /** The image built from container/Dockerfile. */
  readonly image: string;
  /** The interval between two removals. @default "1h" */
  readonly every?: Duration;
  /** The path of the engine's socket on its host. @default "/var/run/docker.sock" */
  readonly dockerSocket?: string;
}

/** The setting `nestbox:cleanUp` of a stack in a cluster. */
export interface ClusterCleanUpSettings extends Pick<CleanUpSettings, "image"> {
  /** The schedule of the CronJob, by `every`. */
  readonly schedule: string;
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
 * Parses the setting `nestbox:cleanUp` of a stack on a Docker engine.
 * @param place the start of error messages: `Pulumi.ci.yaml: nestbox:cleanUp`
 * @throws ConfigurationError for a missing or unknown key, or an invalid value
 */
export function cleanUpSettingsFrom(value: unknown, place: string): CleanUpSettings {
  const settings = settingValues(value, ["image", ...Object.keys(OPTIONAL)], place);
  return { image: imageIn(settings, place), ...legalSettings(settings, OPTIONAL, place) };
}

/**
 * Parses the setting `nestbox:cleanUp` of a stack in a cluster.
 * @throws ConfigurationError as {@link cleanUpSettingsFrom} does, for a setting of an engine, and for a time
 * that no schedule expresses
 */
export function clusterCleanUpSettingsFrom(value: unknown, place: string): ClusterCleanUpSettings {
  const settings = settingValues(value, ["image", ...Object.keys(OPTIONAL)], place);
  if (settings.dockerSocket !== undefined)
    throw new ConfigurationError(
      `${place}.dockerSocket: belongs to a stack on a Docker engine, and this one is in a cluster; remove it`,
    );
  const { every = "1h" } = settings;
  const schedule = OPTIONAL.every.isLegal(every) ? cronSchedule(every as Duration) : undefined;
  if (schedule === undefined) throw illegalSetting(`${place}.every`, every, CRON_TIME);
  return { image: imageIn(settings, place), schedule };
}

function imageIn({ image }: SettingValues, place: string): string {
  if (typeof image !== "string" || image === "") throw illegalSetting(`${place}.image`, image, IMAGE);
  return image;
}
