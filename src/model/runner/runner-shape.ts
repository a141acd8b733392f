import type { Problem } from "../problem.ts";
import { properties } from "../properties.ts";
import {
  aBoolean,
  aNumber,
  aString,
  type Check,
  isPlainObject,
  listOf,
  objectWith,
  withoutRepetition,
} from "../shape.ts";
import {
  anExecutor,
  EXECUTOR_SETTINGS,
  type Executor,
  foreignSettings,
  runnerLimits,
} from "./executor-shape.ts";
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
  const { executor = DEFAULT_EXECUTOR } = runner;
  if (!isExecutor(executor)) return anExecutor(`${path}.executor`, executor);
  const given = Object.keys(runner).filter((name) => runner[name] !== undefined);
  const networks = NETWORK_SETTINGS.filter((name) => given.includes(name));
  const foreign = foreignSettings(path, executor, given);
  const isForeign = (name: string) => foreign.some((one) => one.path === `${path}.${name}`);
  const others = Object.entries(runner).filter(
    ([name]) => !NETWORK_SETTINGS.includes(name) && !isForeign(name),
  );
  return [
    ...networks.map((name) => ({ path: `${path}.${name}`, message })),
    ...foreign,
    ...runnerProperties(path, Object.fromEntries(others)),
  ];
}

const DEFAULT_EXECUTOR: Executor = "docker";

function isExecutor(value: unknown): value is Executor {
  return typeof value === "string" && Object.hasOwn(EXECUTOR_SETTINGS, value);
}

const strings = listOf(aString, "a list of strings");

const runnerProperties = objectWith(
  "a runner",
  {
    name: aString,
    tags: withoutRepetition(strings),
    ...properties(aString, "registryMirror", "image", "helperImage", "longestJob"),
    ...properties(strings, "privilegedServices", "sharedFolders", "pullPolicy"),
    ...properties(aBoolean, "userNamespaces", "runUntagged", "protectedOnly", "locked"),
    ...properties(aNumber, "mtu", "limit"),
    ...properties(runnerLimits, "jobLimits", "serviceLimits"),
    executor: anExecutor,
    ...EXECUTOR_SETTINGS.docker,
    ...EXECUTOR_SETTINGS.kubernetes,
  } satisfies Readonly<Record<keyof Runner, Check>>,
  ["name", "tags"],
);
