import { type Duration, parseDuration } from "../../sandboxes/model/duration.ts";
import { ConfigurationError } from "../../sandboxes/model/problem.ts";

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
  readonly drain?: Duration;
}

const KEYS = [
  ...["gitlabUrl", "project", "group", "instance", "token"],
  ...["image", "metricsPort", "dockerSocket", "drain"],
];

/**
 * The setting `nestbox:runner` of a stack.
 * @param place what to name in errors: `Pulumi.ci.yaml: nestbox:runner`
 * @throws ConfigurationError for what is missing, unknown, or of the wrong type
 */
export function runnerSettingsFrom(value: unknown, place: string): RunnerSettings {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ConfigurationError(`${place} must hold ${KEYS.join(", ")}; see docs/runner.md`);
  }
  const said = value as Readonly<Record<string, unknown>>;
  const stranger = Object.keys(said).find((key) => !KEYS.includes(key));
  if (stranger !== undefined) {
    throw new ConfigurationError(`${place}.${stranger} is not a setting; there are ${KEYS.join(", ")}`);
  }
  const { gitlabUrl, metricsPort, drain } = said;
  if (typeof gitlabUrl !== "string" || !/^https?:\/\/[^\s?#]+$/.test(gitlabUrl)) {
    throw wrong(
      `${place}.gitlabUrl`,
      gitlabUrl,
      'the address of GitLab, such as "https://gitlab.example.com"',
    );
  }
  if (metricsPort !== undefined && !(isCount(metricsPort) && metricsPort <= 65_535)) {
    throw wrong(`${place}.metricsPort`, metricsPort, "a port from 1 to 65535");
  }
  if (drain !== undefined && (typeof drain !== "string" || parseDuration(drain) === undefined)) {
    throw wrong(`${place}.drain`, drain, 'a duration such as "2h"');
  }
  return {
    gitlabUrl,
    scope: scopeFrom(said, place),
    ...textOf(said, "image", place),
    ...textOf(said, "dockerSocket", place),
    ...(metricsPort !== undefined && { metricsPort }),
    ...(drain !== undefined && { drain: drain as Duration }),
  };
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

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0;
}

function wrong(place: string, value: unknown, wanted: string): ConfigurationError {
  return new ConfigurationError(`${place} is ${JSON.stringify(value) ?? "missing"}; it must be ${wanted}`);
}
