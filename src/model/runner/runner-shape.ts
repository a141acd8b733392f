import type { Problem } from "../problem.ts";
import { properties } from "../properties.ts";
import { aBoolean, aNumber, aString, type Check, isPlainObject, listOf, objectWith } from "../shape.ts";
import type { Runner } from "./runner.ts";

/** Spellings of gitlab-runner's `network_mode`, which a declared runner does not support. */
const NETWORK_SETTINGS: readonly string[] = ["network_mode", "networkMode", "network"];

/**
 * Wrong types and unknown properties of a declared runner, each with its path. Runners in plain JavaScript or
 * JSON need it: no compiler checks them.
 * @param index the index of the runner in its list, which names a runner without a name
 * @param file the file of the list
 */
export function runnerShapeProblems(index: number, runner: unknown, file: string): readonly Problem[] {
  if (!isPlainObject(runner)) return runnerProperties(`${file}[${index}]`, runner);
  const path = typeof runner.name === "string" ? `${file}: ${runner.name}` : `${file}[${index}]`;
  const message =
    "is not a property of a runner: any network_mode silently turns FF_NETWORK_PER_BUILD off, " +
    "so that jobs share a network; remove it";
  const networks = NETWORK_SETTINGS.filter((name) => runner[name] !== undefined);
  const others = Object.entries(runner).filter(([name]) => !NETWORK_SETTINGS.includes(name));
  return [
    ...networks.map((name) => ({ path: `${path}.${name}`, message })),
    ...runnerProperties(path, Object.fromEntries(others)),
  ];
}

const strings = listOf(aString, "a list of strings");
const limits = objectWith("limits", { memory: aString, cpus: aNumber });

const runnerProperties = objectWith(
  "a runner",
  {
    name: aString,
    tags: strings,
    ...properties(aString, "registryMirror", "image", "helperImage", "longestJob"),
    ...properties(strings, "privilegedServices", "sharedFolders", "pullPolicy"),
    ...properties(aBoolean, "userNamespaces", "dependencyCache", "runUntagged", "protectedOnly", "locked"),
    ...properties(aNumber, "mtu", "limit"),
    ...properties(limits, "jobLimits", "serviceLimits"),
  } satisfies Readonly<Record<keyof Runner, Check>>,
  ["name", "tags"],
);
