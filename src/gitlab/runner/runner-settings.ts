import type { Duration } from "../../model/duration.ts";
import { ConfigurationError } from "../../model/problem.ts";
import {
  durationKind,
  illegalSetting,
  legalSettings,
  type SettingKind,
  type SettingValues,
  settingValues,
} from "../../model/settings-map.ts";

/** The setting `nestbox:runner` of a stack, without its token. */
export interface RunnerSettings {
  /** The address of GitLab: `https://gitlab.example.com`. */
  readonly gitlabUrl: string;
  /** The GitLab project, group or instance of the jobs. */
  readonly scope: { readonly project: number } | { readonly group: number } | "instance";
  readonly image?: string;
  /** The port of metrics on the host's loopback. */
  readonly metricsPort?: number;
  readonly dockerSocket?: string;
  /** A file with CA certificates for GitLab. */
  readonly certificates?: string;
  readonly drain?: Duration;
  /** The lifetime of the runners' tokens in GitLab. */
  readonly tokenLifetime?: Duration;
  /** The registry mirror, without its password; false for none. */
  readonly mirror?: MirrorSettings | false;
}

export interface MirrorSettings {
  readonly image?: string;
  readonly upstream?: string;
  readonly username?: string;
  readonly address?: string;
  readonly port?: number;
}

const TEXT: SettingKind = { isLegal: (value) => typeof value === "string" && value !== "", wanted: "text" };
const PORT: SettingKind = {
  isLegal: (value) => isCount(value) && value <= 65_535,
  wanted: "a port from 1 to 65535",
};
const DURATION = durationKind("2h");
const GITLAB = addressKind("GitLab", "https://gitlab.example.com");
const REGISTRY = addressKind("a registry", "https://registry-1.docker.io");

const OPTIONAL = {
  ...{ image: TEXT, dockerSocket: TEXT, certificates: TEXT, metricsPort: PORT },
  ...{ drain: DURATION, tokenLifetime: DURATION },
};
const KEYS = [
  "gitlabUrl",
  "project",
  "group",
  "instance",
  "token",
  ...Object.keys(OPTIONAL),
  "mirror",
  "cacheAccount",
];
const MIRROR = { image: TEXT, upstream: REGISTRY, username: TEXT, address: TEXT, port: PORT };
const CACHE_KEYS = ["accessKey", "secretKey"];
const MIRROR_KEYS = [...Object.keys(MIRROR), "password"];

/**
 * Parses the setting `nestbox:runner` of a stack.
 * @param place the start of error messages: `Pulumi.ci.yaml: nestbox:runner`
 * @throws ConfigurationError for a missing or unknown key, or an invalid value
 */
export function runnerSettingsFrom(value: unknown, place: string): RunnerSettings {
  const settings = settingValues(value, KEYS, place);
  const { gitlabUrl, mirror } = settings;
  if (!GITLAB.isLegal(gitlabUrl)) throw illegalSetting(`${place}.gitlabUrl`, gitlabUrl, GITLAB.wanted);
  if (/@|\/api\/v4\/?$/.test(String(gitlabUrl))) {
    throw new ConfigurationError(
      `${place}.gitlabUrl: contains an account or /api/v4; write the address that a browser shows`,
    );
  }
  if (settings.cacheAccount !== undefined)
    requireCacheAccount(settings.cacheAccount, `${place}.cacheAccount`);
  return {
    gitlabUrl: String(gitlabUrl),
    scope: scopeFrom(settings, place),
    ...legalSettings(settings, OPTIONAL, place),
    ...(mirror !== undefined && { mirror: mirrorFrom(mirror, `${place}.mirror`) }),
  };
}

function mirrorFrom(value: unknown, place: string): MirrorSettings | false {
  if (value === false) return false;
  const settings = settingValues(value, MIRROR_KEYS, place);
  if ((settings.username === undefined) !== (settings.password === undefined)) {
    throw new ConfigurationError(`${place}: only one of username and password is set; set both, or neither`);
  }
  return legalSettings(settings, MIRROR, place);
}

/** Both keys are secrets, which are not validated further. */
function requireCacheAccount(value: unknown, place: string): void {
  const settings = settingValues(value, CACHE_KEYS, place);
  for (const key of CACHE_KEYS)
    if (!TEXT.isLegal(settings[key])) throw illegalSetting(`${place}.${key}`, settings[key], TEXT.wanted);
}

function scopeFrom(settings: SettingValues, place: string): RunnerSettings["scope"] {
  const given = (["project", "group", "instance"] as const).filter((key) => settings[key] !== undefined);
  const [key] = given;
  if (key === undefined || given.length > 1) {
    throw new ConfigurationError(
      `${place}: must declare exactly one scope; set project: <number>, group: <number> or instance: true`,
    );
  }
  const value = settings[key];
  if (key === "instance" && value === true) return key;
  if (key === "project" && isCount(value)) return { project: value };
  if (key === "group" && isCount(value)) return { group: value };
  throw illegalSetting(`${place}.${key}`, value, key === "instance" ? "true" : `the ID of a GitLab ${key}`);
}

function addressKind(server: string, example: string): SettingKind {
  const isLegal = (value: unknown) => typeof value === "string" && /^https?:\/\/[^\s?#]+$/.test(value);
  return { isLegal, wanted: `the address of ${server}, such as "${example}"` };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0;
}
