import type { Sandbox } from "../model/declaration/sandbox.ts";
import { type Duration, parseDuration } from "../model/duration.ts";
import { PRIVILEGED_IMAGES } from "../model/plan/privilege.ts";
import { ConfigurationError } from "../model/problem.ts";
import { DEFAULT_POOL, parseSubnet, type Subnet } from "../model/subnets.ts";
import { isProtectedBranch } from "./protected-branches.ts";

/** What the settings' names in a stack's configuration begin with, whatever the project is called. */
export const SETTINGS_NAMESPACE = "nestbox";

/** What a stack's configuration says. Pulumi.yaml describes the same settings to the Pulumi CLI. */
export interface StackSettings {
  /** The names of the sandboxes that the stack brings up. @default none */
  readonly sandboxes: readonly string[];
  /** The active profiles. @default none */
  readonly profiles: readonly string[];
  /** The range from which every network gets a subnet of its own. @default 10.231.0.0/16 */
  readonly subnetPool: Subnet;
  /**
   * Images whose services may be privileged; `*` stands for any characters but `/`.
   * @default Docker-in-Docker's own
   */
  readonly privilegedImages: readonly string[];
  /**
   * How long its sandboxes may live, or `never`, which it always is for a protected branch.
   * @default never
   */
  readonly timeToLive: Duration | "never";
  /**
   * Patterns of the branches whose stacks end only when somebody removes them by force, see {@link
   * isProtectedBranch}.
   * @default none
   */
  readonly protectedBranches: readonly string[];
  /**
   * The branch whose stack it is, which `nestbox up --branch` writes down. Undefined for a stack that is no
   * branch's.
   */
  readonly branch?: string;
}

/** The settings, each with what is read for one that nobody has set. */
type ReadSettings = Omit<StackSettings, "branch"> & { readonly branch: string | undefined };

type Setting = keyof ReadSettings;

const READERS: { readonly [Key in Setting]: (value: unknown, place: string) => ReadSettings[Key] } = {
  sandboxes: (value, place) => (value === undefined ? [] : names(value, place)),
  profiles: (value, place) => (value === undefined ? [] : names(value, place)),
  subnetPool: (value, place) => {
    if (value === undefined) return DEFAULT_POOL;
    if (typeof value === "string" && parseSubnet(value)) return value as Subnet;
    throw wrong(place, value, `a subnet such as "${DEFAULT_POOL}"`);
  },
  privilegedImages: (value, place) => (value === undefined ? PRIVILEGED_IMAGES : names(value, place)),
  timeToLive: (value, place) => {
    if (value === undefined || value === "never") return "never";
    if (typeof value === "string" && parseDuration(value) !== undefined) return value as Duration;
    throw wrong(place, value, '"never" or a duration such as "8h"');
  },
  protectedBranches: (value, place) => (value === undefined ? [] : names(value, place)),
  branch: (value, place) => {
    if (value === undefined || (typeof value === "string" && value !== "")) return value;
    throw wrong(place, value, 'the name of a branch such as "main"');
  },
};

/**
 * What is no sandbox's: the stack's secrets by name, the runner with its token, and the clean-up. It is read
 * elsewhere.
 */
export const READ_ELSEWHERE: readonly string[] = ["secrets", "runner", "cleanUp"];

/**
 * The settings out of a stack's configuration.
 * @param values the configuration without its namespace; lists may be JSON text, as Pulumi hands them to a
 * program
 * @param file what to name in errors: `Pulumi.dev.yaml`
 * @throws ConfigurationError naming the setting, for a value of the wrong type and for a setting that does
 * not exist
 */
export function settingsFrom(values: Readonly<Record<string, unknown>>, file: string): StackSettings {
  const known = [...Object.keys(READERS), ...READ_ELSEWHERE];
  const stranger = Object.keys(values).find((key) => !known.includes(key));
  if (stranger !== undefined) {
    throw new ConfigurationError(
      `${file}: ${SETTINGS_NAMESPACE}:${stranger} is not a setting; there are ${known.join(", ")}`,
    );
  }
  const read = <Key extends Setting>(key: Key) =>
    READERS[key](values[key], `${file}: ${SETTINGS_NAMESPACE}:${key}`);
  const branch = read("branch");
  const timeToLive = read("timeToLive");
  const protectedBranches = read("protectedBranches");
  return {
    sandboxes: read("sandboxes"),
    profiles: read("profiles"),
    subnetPool: read("subnetPool"),
    privilegedImages: read("privilegedImages"),
    timeToLive: isProtected({ ...(branch !== undefined && { branch }), protectedBranches })
      ? "never"
      : timeToLive,
    protectedBranches,
    ...(branch !== undefined && { branch }),
  };
}

/** Whether the stack is a protected branch's. */
export function isProtected({
  branch,
  protectedBranches,
}: Pick<StackSettings, "branch" | "protectedBranches">): boolean {
  return branch !== undefined && isProtectedBranch(branch, protectedBranches);
}

/** The declared sandboxes that the names mean, in the order of the names. */
export function selectSandboxes(
  declared: readonly Sandbox[],
  wanted: readonly string[],
  place: string,
): readonly Sandbox[] {
  return [...new Set(wanted)].map((name) => {
    const found = declared.find((sandbox) => sandbox.name === name);
    if (found) return found;
    const known = declared.map((sandbox) => sandbox.name).join(", ");
    throw new ConfigurationError(
      `${place}: no sandbox "${name}"; sandboxes/index.ts lists ${known || "none"}`,
    );
  });
}

function names(value: unknown, place: string): readonly string[] {
  const list = typeof value === "string" ? parsedList(value) : value;
  if (Array.isArray(list) && list.every((name): name is string => typeof name === "string")) return list;
  throw wrong(place, value, "a list of strings");
}

function parsedList(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function wrong(place: string, value: unknown, wanted: string): ConfigurationError {
  return new ConfigurationError(`${place} is ${JSON.stringify(value)}; it must be ${wanted}`);
}
