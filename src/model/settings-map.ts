import { parseDuration } from "./duration.ts";
import { ConfigurationError } from "./problem.ts";

export type SettingValues = Readonly<Record<string, unknown>>;

/** The legal values of a setting. */
export interface SettingKind {
  readonly isLegal: (value: unknown) => boolean;
  /** What to set instead of an illegal value. */
  readonly wanted: string;
}

/** @param example a duration: "2h" */
export function durationKind(example: string): SettingKind {
  const isLegal = (value: unknown) => typeof value === "string" && parseDuration(value) !== undefined;
  return { isLegal, wanted: `a duration such as "${example}"` };
}

/** The values of a map of settings. @throws ConfigurationError for anything else and for an unknown key */
export function settingValues(value: unknown, keys: readonly string[], place: string): SettingValues {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ConfigurationError(
      `${place}: is not a map of ${keys.join(", ")}; see docs/reference-settings.md`,
    );
  }
  const unknownKey = Object.keys(value).find((key) => !keys.includes(key));
  if (unknownKey === undefined) return value as SettingValues;
  throw new ConfigurationError(`${place}.${unknownKey}: unknown setting; use one of ${keys.join(", ")}`);
}

/** The settings of these kinds, without absent ones. @throws ConfigurationError for an illegal value */
export function legalSettings(
  settings: SettingValues,
  kinds: Readonly<Record<string, SettingKind>>,
  place: string,
): object {
  const given = Object.entries(kinds).filter(([key]) => settings[key] !== undefined);
  for (const [key, { isLegal, wanted }] of given)
    if (!isLegal(settings[key])) throw illegalSetting(`${place}.${key}`, settings[key], wanted);
  return Object.fromEntries(given.map(([key]) => [key, settings[key]]));
}

export function illegalSetting(place: string, value: unknown, wanted: string): ConfigurationError {
  return new ConfigurationError(`${place}: is ${JSON.stringify(value) ?? "missing"}; set ${wanted}`);
}
