import type { Problem } from "../problem.ts";
import { aBoolean, aNumber, aString, type Check, isPlainObject, listOf, objectWith } from "../shape.ts";
import type { Runner } from "./runner.ts";

/** What plain JavaScript may call the setting that no runner has. */
const NETWORK_SETTINGS: readonly string[] = ["network_mode", "networkMode", "network"];

/**
 * What has a wrong type or an unknown name in a declared runner, each with its path. The compiler finds these
 * in TypeScript; plain JavaScript and JSON have only this.
 * @param place where the runner stands in its list, counted from 0: for one without a name
 */
export function runnerShape(place: number, runner: unknown): readonly Problem[] {
  const file = "sandboxes/runners.ts";
  if (!isPlainObject(runner)) return runnerProperties(`${file}[${place}]`, runner);
  const path = typeof runner.name === "string" ? `${file}: ${runner.name}` : `${file}[${place}]`;
  const others = Object.entries(runner).filter(([name]) => !NETWORK_SETTINGS.includes(name));
  return [
    ...NETWORK_SETTINGS.filter((name) => runner[name] !== undefined).map((name) => ({
      path: `${path}.${name}`,
      message:
        'is no property of a runner: any network_mode, even "bridge", turns FF_NETWORK_PER_BUILD off without a word, and jobs would share a network; drop it',
    })),
    ...runnerProperties(path, Object.fromEntries(others)),
  ];
}

const strings = listOf(aString, "a list of texts");
const limits = objectWith("limits", { memory: aString, cpus: aNumber });

const runnerProperties = objectWith(
  "a runner",
  {
    name: aString,
    tags: strings,
    privilegedServices: strings,
    userNamespaces: aBoolean,
    sharedFolders: strings,
    mtu: aNumber,
    registryMirror: aString,
    limit: aNumber,
    image: aString,
    jobLimits: limits,
    serviceLimits: limits,
    pullPolicy: strings,
    helperImage: aString,
    dependencyCache: aBoolean,
    runUntagged: aBoolean,
    protectedOnly: aBoolean,
    locked: aBoolean,
    longestJob: aString,
  } satisfies Readonly<Record<keyof Runner, Check>>,
  ["name", "tags"],
);
