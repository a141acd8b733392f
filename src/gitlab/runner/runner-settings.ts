import { type Duration, parseDuration } from "../../model/duration.ts";
import { ConfigurationError } from "../../model/problem.ts";

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

const KEYS = [
  ...["gitlabUrl", "project", "group", "instance", "token"],
  ...["image", "metricsPort", "dockerSocket", "drain", "mirror", "tokenLifetime", "certificates"],
];
const MIRROR_KEYS = ["image", "upstream", "username", "password", "address", "port"];

/**
 * Parses the setting `nestbox:runner` of a stack.
 * @param place the start of error messages: `Pulumi.ci.yaml: nestbox:runner`
 * @throws ConfigurationError for a missing or unknown key, or an invalid value
 */
export function runnerSettingsFrom(value: unknown, place: string): RunnerSettings {
  const settings = partsOf(value, KEYS, place);
  const { gitlabUrl, mirror } = settings;
  if (typeof gitlabUrl !== "string" || !/^https?:\/\/[^\s?#]+$/.test(gitlabUrl)) {
    throw wrong(
      `${place}.gitlabUrl`,
      gitlabUrl,
      'the address of GitLab, such as "https://gitlab.example.com"',
    );
  }
  if (/@|\/api\/v4\/?$/.test(gitlabUrl)) {
    throw new ConfigurationError(
      `${place}.gitlabUrl: contains an account or /api/v4; write the address that a browser shows`,
    );
  }
  return {
    gitlabUrl,
    scope: scopeFrom(settings, place),
    ...textOf(settings, "image", place),
    ...textOf(settings, "dockerSocket", place),
    ...textOf(settings, "certificates", place),
    ...portOf(settings, "metricsPort", place),
    ...(mirror !== undefined && { mirror: mirrorFrom(mirror, `${place}.mirror`) }),
    ...durationOf(settings, "drain", place),
    ...durationOf(settings, "tokenLifetime", place),
  };
}

function mirrorFrom(value: unknown, place: string): MirrorSettings | false {
  if (value === false) return false;
  const settings = partsOf(value, MIRROR_KEYS, place);
  const { upstream } = settings;
  if (upstream !== undefined && !(typeof upstream === "string" && /^https?:\/\/[^\s?#]+$/.test(upstream))) {
    throw wrong(
      `${place}.upstream`,
      upstream,
      'the address of a registry, such as "https://registry-1.docker.io"',
    );
  }
  if ((settings.username === undefined) !== (settings.password === undefined)) {
    throw new ConfigurationError(`${place}: only one of username and password is set; set both, or neither`);
  }
  return {
    ...textOf(settings, "image", place),
    ...textOf(settings, "upstream", place),
    ...textOf(settings, "username", place),
    ...textOf(settings, "address", place),
    ...portOf(settings, "port", place),
  };
}

function partsOf(value: unknown, keys: readonly string[], place: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ConfigurationError(
      `${place}: is not a map of ${keys.join(", ")}; see docs/reference-settings.md`,
    );
  }
  const unknownKey = Object.keys(value).find((key) => !keys.includes(key));
  if (unknownKey === undefined) return value as Readonly<Record<string, unknown>>;
  throw new ConfigurationError(`${place}.${unknownKey}: unknown setting; use one of ${keys.join(", ")}`);
}

function portOf<Key extends string>(
  settings: Readonly<Record<string, unknown>>,
  key: Key,
  place: string,
): { readonly [Name in Key]?: number } {
  const value = settings[key];
  if (value === undefined) return {};
  if (isCount(value) && value <= 65_535) return { [key]: value } as { readonly [Name in Key]?: number };
  throw wrong(`${place}.${key}`, value, "a port from 1 to 65535");
}

function scopeFrom(
  { project, group, instance }: Readonly<Record<string, unknown>>,
  place: string,
): RunnerSettings["scope"] {
  const given = [project, group, instance].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw new ConfigurationError(
      `${place}: must declare exactly one scope; set project: <number>, group: <number> or instance: true`,
    );
  }
  if (isCount(project)) return { project };
  if (isCount(group)) return { group };
  if (instance === true) return "instance";
  const key = project !== undefined ? "project" : group !== undefined ? "group" : "instance";
  throw wrong(`${place}.${key}`, given[0], key === "instance" ? "true" : `the ID of a GitLab ${key}`);
}

function textOf<Key extends string>(
  settings: Readonly<Record<string, unknown>>,
  key: Key,
  place: string,
): { readonly [Name in Key]?: string } {
  const value = settings[key];
  if (value === undefined) return {};
  if (typeof value === "string" && value !== "")
    return { [key]: value } as { readonly [Name in Key]?: string };
  throw wrong(`${place}.${key}`, value, "text");
}

function durationOf<Key extends string>(
  settings: Readonly<Record<string, unknown>>,
  key: Key,
  place: string,
): { readonly [Name in Key]?: Duration } {
  const value = settings[key];
  if (value === undefined) return {};
  if (typeof value === "string" && parseDuration(value) !== undefined)
    return { [key]: value } as { readonly [Name in Key]?: Duration };
  throw wrong(`${place}.${key}`, value, 'a duration such as "2h"');
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0;
}

function wrong(place: string, value: unknown, wanted: string): ConfigurationError {
  return new ConfigurationError(`${place}: is ${JSON.stringify(value) ?? "missing"}; set ${wanted}`);
}
