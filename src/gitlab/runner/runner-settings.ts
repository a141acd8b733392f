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

/** The legal values of a setting. */
interface Kind {
  readonly isLegal: (value: unknown) => boolean;
  readonly wanted: string;
}

const TEXT: Kind = { isLegal: (value) => typeof value === "string" && value !== "", wanted: "text" };
const PORT: Kind = {
  isLegal: (value) => isCount(value) && value <= 65_535,
  wanted: "a port from 1 to 65535",
};
const DURATION: Kind = {
  isLegal: (value) => typeof value === "string" && parseDuration(value) !== undefined,
  wanted: 'a duration such as "2h"',
};
const GITLAB: Kind = {
  isLegal: isUrl,
  wanted: 'the address of GitLab, such as "https://gitlab.example.com"',
};
const REGISTRY: Kind = {
  isLegal: isUrl,
  wanted: 'the address of a registry, such as "https://registry-1.docker.io"',
};

const OPTIONAL = {
  ...{ image: TEXT, dockerSocket: TEXT, certificates: TEXT, metricsPort: PORT },
  ...{ drain: DURATION, tokenLifetime: DURATION },
};
const KEYS = ["gitlabUrl", "project", "group", "instance", "token", ...Object.keys(OPTIONAL), "mirror"];
const MIRROR = { image: TEXT, upstream: REGISTRY, username: TEXT, address: TEXT, port: PORT };
const MIRROR_KEYS = [...Object.keys(MIRROR), "password"];

type Values = Readonly<Record<string, unknown>>;

/**
 * Parses the setting `nestbox:runner` of a stack.
 * @param place the start of error messages: `Pulumi.ci.yaml: nestbox:runner`
 * @throws ConfigurationError for a missing or unknown key, or an invalid value
 */
export function runnerSettingsFrom(value: unknown, place: string): RunnerSettings {
  const settings = valuesIn(value, KEYS, place);
  const { gitlabUrl, mirror } = settings;
  if (!GITLAB.isLegal(gitlabUrl)) throw wrong(`${place}.gitlabUrl`, gitlabUrl, GITLAB.wanted);
  if (/@|\/api\/v4\/?$/.test(String(gitlabUrl))) {
    throw new ConfigurationError(
      `${place}.gitlabUrl: contains an account or /api/v4; write the address that a browser shows`,
    );
  }
  return {
    gitlabUrl: String(gitlabUrl),
    scope: scopeFrom(settings, place),
    ...legalValues(settings, OPTIONAL, place),
    ...(mirror !== undefined && { mirror: mirrorFrom(mirror, `${place}.mirror`) }),
  };
}

function mirrorFrom(value: unknown, place: string): MirrorSettings | false {
  if (value === false) return false;
  const settings = valuesIn(value, MIRROR_KEYS, place);
  if ((settings.username === undefined) !== (settings.password === undefined)) {
    throw new ConfigurationError(`${place}: only one of username and password is set; set both, or neither`);
  }
  return legalValues(settings, MIRROR, place);
}

function valuesIn(value: unknown, keys: readonly string[], place: string): Values {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ConfigurationError(
      `${place}: is not a map of ${keys.join(", ")}; see docs/reference-settings.md`,
    );
  }
  const unknownKey = Object.keys(value).find((key) => !keys.includes(key));
  if (unknownKey === undefined) return value as Values;
  throw new ConfigurationError(`${place}.${unknownKey}: unknown setting; use one of ${keys.join(", ")}`);
}

/** The settings of these kinds, without absent ones. */
function legalValues(settings: Values, kinds: Readonly<Record<string, Kind>>, place: string): object {
  const given = Object.entries(kinds).filter(([key]) => settings[key] !== undefined);
  for (const [key, { isLegal, wanted }] of given)
    if (!isLegal(settings[key])) throw wrong(`${place}.${key}`, settings[key], wanted);
  return Object.fromEntries(given.map(([key]) => [key, settings[key]]));
}

function scopeFrom({ project, group, instance }: Values, place: string): RunnerSettings["scope"] {
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

function isUrl(value: unknown): boolean {
  return typeof value === "string" && /^https?:\/\/[^\s?#]+$/.test(value);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0;
}

function wrong(place: string, value: unknown, wanted: string): ConfigurationError {
  return new ConfigurationError(`${place}: is ${JSON.stringify(value) ?? "missing"}; set ${wanted}`);
}
