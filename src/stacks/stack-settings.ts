import { type KubernetesSettings, kubernetesSettingsFrom } from "../kubernetes/kubernetes-settings.ts";
import type { Sandbox } from "../model/declaration/sandbox.ts";
import { type Duration, parseDuration } from "../model/duration.ts";
import { PRIVILEGED_IMAGES } from "../model/plan/privilege.ts";
import { ConfigurationError } from "../model/problem.ts";
import { DEFAULT_POOL, parseSubnet, type Subnet } from "../model/subnets.ts";
import { isProtectedBranch } from "./protected-branches.ts";

/** The namespace of the settings in a stack's configuration, independent of the project's name. */
export const SETTINGS_NAMESPACE = "nestbox";

/** The target of sandboxes without the setting. */
export const DEFAULT_TARGET = "docker";

/** The settings in a stack's configuration. Pulumi.yaml declares the same settings to the Pulumi CLI. */
export interface StackSettings {
  /** The names of the stack's sandboxes. @default none */
  readonly sandboxes: readonly string[];
  /** The active profiles. @default none */
  readonly profiles: readonly string[];
  /** The target on whose place the sandboxes are. @default "docker" */
  readonly target: string;
  /** The cluster of a stack whose target is `kubernetes`. @default that of the kubeconfig */
  readonly kubernetes: KubernetesSettings;
  /** The range that the subnets of the networks are allocated from. @default 10.231.0.0/16 */
  readonly subnetPool: Subnet;
  /**
   * Images of services that may be privileged; `*` matches any characters but `/`.
   * @default Docker-in-Docker's own
   */
  readonly privilegedImages: readonly string[];
  /** The time until the stack ends; always `never` for a protected branch. @default never */
  readonly timeToLive: Duration | "never";
  /** Patterns of protected branches, see {@link isProtectedBranch}. Their stacks never end. @default none */
  readonly protectedBranches: readonly string[];
  /** The branch of the stack, set by `nestbox up --branch`. Undefined for a stack without a branch. */
  readonly branch: string | undefined;
}

type Setting = keyof StackSettings;

const READERS: { readonly [Key in Setting]: (value: unknown, place: string) => StackSettings[Key] } = {
  sandboxes: (value = [], place) => names(value, place),
  profiles: (value = [], place) => names(value, place),
  target: (value = DEFAULT_TARGET, place) => {
    if (typeof value === "string" && value !== "") return value;
    throw wrong(place, value, 'a target such as "docker" or "kubernetes"');
  },
  kubernetes: (value = {}, place) =>
    kubernetesSettingsFrom(typeof value === "string" ? (parsedJson(value) ?? value) : value, place),
  subnetPool: (value = DEFAULT_POOL, place) => {
    if (typeof value === "string" && parseSubnet(value)) return value as Subnet;
    throw wrong(place, value, `a subnet such as "${DEFAULT_POOL}"`);
  },
  privilegedImages: (value = PRIVILEGED_IMAGES, place) => names(value, place),
  timeToLive: (value = "never", place) => {
    if (value === "never") return value;
    if (typeof value === "string" && parseDuration(value) !== undefined) return value as Duration;
    throw wrong(place, value, '"never" or a duration such as "8h"');
  },
  protectedBranches: (value = [], place) => names(value, place),
  branch: (value, place) => {
    if (value === undefined || (typeof value === "string" && value !== "")) return value;
    throw wrong(place, value, 'the name of a branch such as "main"');
  },
};

/**
 * Checks the value of a setting from elsewhere than a stack's configuration; undefined gives the default.
 * @param place the start of error messages
 * @throws ConfigurationError for a value of the wrong type
 */
export function readSetting<Key extends Setting>(
  key: Key,
  value: unknown,
  place: string,
): StackSettings[Key] {
  return READERS[key](value, place);
}

/** Settings that other modules read: the stack's secrets, the runner with its token, and the clean-up. */
export const READ_ELSEWHERE: readonly string[] = ["secrets", "runner", "cleanUp"];

/**
 * The settings of a stack's configuration.
 * @param values the configuration without its namespace; lists may be JSON text, as Pulumi passes them to a
 * program
 * @param file the file in errors: `Pulumi.dev.yaml`
 * @throws ConfigurationError naming the setting, for a value of the wrong type and for an unknown setting
 */
export function settingsFrom(values: Readonly<Record<string, unknown>>, file: string): StackSettings {
  const known = [...Object.keys(READERS), ...READ_ELSEWHERE];
  const unknownKey = Object.keys(values).find((key) => !known.includes(key));
  if (unknownKey !== undefined)
    throw new ConfigurationError(
      `${file}: ${SETTINGS_NAMESPACE}:${unknownKey} is not a setting; use one of ${known.join(", ")}`,
    );
  const settings = Object.fromEntries(
    Object.entries(READERS).map(([key, read]) => [
      key,
      read(values[key], `${file}: ${SETTINGS_NAMESPACE}:${key}`),
    ]),
  ) as unknown as StackSettings;
  return isProtected(settings) ? { ...settings, timeToLive: "never" } : settings;
}

export function isProtected({
  branch,
  protectedBranches,
}: Pick<StackSettings, "branch" | "protectedBranches">): boolean {
  return branch !== undefined && isProtectedBranch(branch, protectedBranches);
}

/**
 * The declared sandboxes with these names, in the order of the names.
 * @param place the property with the names, for errors
 * @param file the file of the declarations, for errors. @default the Pulumi program
 */
export function selectSandboxes(
  declared: readonly Sandbox[],
  wanted: readonly string[],
  place: string,
  file = "the program",
): readonly Sandbox[] {
  return [...new Set(wanted)].map((name) => {
    const found = declared.find((sandbox) => sandbox.name === name);
    if (found) return found;
    const known = declared.map((sandbox) => sandbox.name).join(", ");
    throw new ConfigurationError(`${place}: no sandbox "${name}"; ${file} lists ${known || "none"}`);
  });
}

function names(value: unknown, place: string): readonly string[] {
  const list = typeof value === "string" ? parsedJson(value) : value;
  if (Array.isArray(list) && list.every((name): name is string => typeof name === "string")) return list;
  throw wrong(place, value, "a list of strings");
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function wrong(place: string, value: unknown, wanted: string): ConfigurationError {
  return new ConfigurationError(`${place} is ${JSON.stringify(value)}; it must be ${wanted}`);
}
