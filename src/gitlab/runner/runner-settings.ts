import { type Duration, parseDuration } from "../../model/duration.ts";
import { ConfigurationError } from "../../model/problem.ts";

/** What a stack's configuration says about the runners that it keeps. The token is read elsewhere. */
export interface RunnerSettings {
  /** The address of GitLab: `https://gitlab.example.com`. */
  readonly gitlabUrl: string;
  /** Whose jobs they take. */
  readonly scope: { readonly project: number } | { readonly group: number } | "instance";
  readonly image?: string;
  /** A port of the host's loopback. */
  readonly metricsPort?: number;
  readonly dockerSocket?: string;
  /** A file with certificates of authorities that GitLab's is from. */
  readonly certificates?: string;
  readonly drain?: Duration;
  /** How long GitLab lets their tokens live. */
  readonly tokenLifetime?: Duration;
  /** The registry mirror beside them; false for none. Its password is read elsewhere. */
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
 * The setting `nestbox:runner` of a stack.
 * @param place what to name in errors: `Pulumi.ci.yaml: nestbox:runner`
 * @throws ConfigurationError for what is missing, unknown, or of the wrong type
 */
export function runnerSettingsFrom(value: unknown, place: string): RunnerSettings {
  const said = partsOf(value, KEYS, place);
  const { gitlabUrl, mirror } = said;
  if (typeof gitlabUrl !== "string" || !/^https?:\/\/[^\s?#]+$/.test(gitlabUrl)) {
    throw wrong(
      `${place}.gitlabUrl`,
      gitlabUrl,
      'the address of GitLab, such as "https://gitlab.example.com"',
    );
  }
  if (/@|\/api\/v4\/?$/.test(gitlabUrl)) {
    throw new ConfigurationError(
      `${place}.gitlabUrl must be the address of GitLab as a browser shows it, without an account and without /api/v4`,
    );
  }
  return {
    gitlabUrl,
    scope: scopeFrom(said, place),
    ...textOf(said, "image", place),
    ...textOf(said, "dockerSocket", place),
    ...textOf(said, "certificates", place),
    ...portOf(said, "metricsPort", place),
    ...(mirror !== undefined && { mirror: mirrorFrom(mirror, `${place}.mirror`) }),
    ...durationOf(said, "drain", place),
    ...durationOf(said, "tokenLifetime", place),
  };
}

function mirrorFrom(value: unknown, place: string): MirrorSettings | false {
  if (value === false) return false;
  const said = partsOf(value, MIRROR_KEYS, place);
  const { upstream } = said;
  if (upstream !== undefined && !(typeof upstream === "string" && /^https?:\/\/[^\s?#]+$/.test(upstream))) {
    throw wrong(
      `${place}.upstream`,
      upstream,
      'the address of a registry, such as "https://registry-1.docker.io"',
    );
  }
  if ((said.username === undefined) !== (said.password === undefined)) {
    throw new ConfigurationError(`${place} must hold both username and password, or neither`);
  }
  return {
    ...textOf(said, "image", place),
    ...textOf(said, "upstream", place),
    ...textOf(said, "username", place),
    ...textOf(said, "address", place),
    ...portOf(said, "port", place),
  };
}

function partsOf(value: unknown, keys: readonly string[], place: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ConfigurationError(`${place} must hold ${keys.join(", ")}; see docs/reference-settings.md`);
  }
  const stranger = Object.keys(value).find((key) => !keys.includes(key));
  if (stranger === undefined) return value as Readonly<Record<string, unknown>>;
  throw new ConfigurationError(`${place}.${stranger} is not a setting; there are ${keys.join(", ")}`);
}

function portOf<Key extends string>(
  said: Readonly<Record<string, unknown>>,
  key: Key,
  place: string,
): { readonly [Name in Key]?: number } {
  const value = said[key];
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
      `${place} must say whose jobs its runners take with one of project: <number>, group: <number>, instance: true`,
    );
  }
  if (isCount(project)) return { project };
  if (isCount(group)) return { group };
  if (instance === true) return "instance";
  const key = project !== undefined ? "project" : group !== undefined ? "group" : "instance";
  throw wrong(`${place}.${key}`, given[0], key === "instance" ? "true" : "GitLab's number of it");
}

function textOf<Key extends string>(
  said: Readonly<Record<string, unknown>>,
  key: Key,
  place: string,
): { readonly [Name in Key]?: string } {
  const value = said[key];
  if (value === undefined) return {};
  if (typeof value === "string" && value !== "")
    return { [key]: value } as { readonly [Name in Key]?: string };
  throw wrong(`${place}.${key}`, value, "text");
}

function durationOf<Key extends string>(
  said: Readonly<Record<string, unknown>>,
  key: Key,
  place: string,
): { readonly [Name in Key]?: Duration } {
  const value = said[key];
  if (value === undefined) return {};
  if (typeof value === "string" && parseDuration(value) !== undefined)
    return { [key]: value } as { readonly [Name in Key]?: Duration };
  throw wrong(`${place}.${key}`, value, 'a duration such as "2h"');
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0;
}

function wrong(place: string, value: unknown, wanted: string): ConfigurationError {
  return new ConfigurationError(`${place} is ${JSON.stringify(value) ?? "missing"}; it must be ${wanted}`);
}
