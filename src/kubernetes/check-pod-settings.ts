import { isOwnLabel } from "../model/labels.ts";
import { ConfigurationError } from "../model/problem.ts";
import { isPlainObject } from "../model/shape.ts";
import type { PodSettings } from "./pod-settings.ts";

type Check = (value: unknown, place: string) => void;

/** A DNS subdomain, as names of objects are. */
export const OBJECT_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
const QUALIFIED_NAME = /^(?:[a-z0-9.-]{1,253}\/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?$/;

/** The label by which Nestbox sets the level of Pod Security. */
const OF_NESTBOX = "pod-security.kubernetes.io/enforce";

const AMOUNTS = settingsMap({
  cpu: matching(/^(?=.*[1-9])\d+(?:\.\d+)?m?$/, 'a number of processors such as "250m" or "1"'),
  memory: matching(/^[1-9]\d*(?:[EPTGM]i?|Ki?|k)?$/, 'an amount of memory such as "64Mi"'),
});

/** The check of each setting. It throws a ConfigurationError that begins with the place of the value. */
export const POD_SETTINGS: Readonly<Record<keyof Required<PodSettings>, Check>> = {
  labels: entries(LABEL_VALUE, 'a label\'s value such as "team-a"'),
  annotations: entries(/^/, "a text"),
  nodeSelector: entries(LABEL_VALUE, 'a label\'s value such as "ci"'),
  tolerations: listOf(
    settingsMap({
      key: matching(QUALIFIED_NAME, 'the key of a taint such as "ci"'),
      operator: matching(/^(?:Equal|Exists)$/, "Equal or Exists"),
      value: matching(LABEL_VALUE, 'the value of a taint such as "true"'),
      effect: matching(
        /^(?:NoSchedule|PreferNoSchedule|NoExecute)$/,
        "NoSchedule, PreferNoSchedule or NoExecute",
      ),
    }),
  ),
  priorityClass: matching(OBJECT_NAME, 'the name of a PriorityClass such as "low"'),
  serviceAccount: matching(OBJECT_NAME, 'the name of a ServiceAccount such as "tests"'),
  podSecurity: matching(/^(?:privileged|baseline|restricted)$/, "privileged, baseline or restricted"),
  requests: AMOUNTS,
  limits: AMOUNTS,
  helper: settingsMap({
    image: matching(/^\S+$/, 'an image such as "registry.example.com/alpine:3.19"'),
    requests: AMOUNTS,
    limits: AMOUNTS,
  }),
};

/** A text that matches. */
export function matching(pattern: RegExp, wanted: string): Check {
  return (value, place) => {
    if (typeof value !== "string" || !pattern.test(value)) throw wrong(value, place, wanted);
  };
}

/** A map of known keys. */
export function settingsMap(checks: Readonly<Record<string, Check>>): Check {
  const known = Object.keys(checks).join(", ");
  return (value, place) => {
    if (!isPlainObject(value)) throw wrong(value, place, `a map of ${known}`);
    for (const [key, found] of Object.entries(value)) {
      const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
      if (check === undefined)
        throw new ConfigurationError(`${place}.${key} is not a setting; use one of ${known}`);
      check(found, `${place}.${key}`);
    }
  };
}

function listOf(check: Check): Check {
  return (value, place) => {
    if (!Array.isArray(value)) throw wrong(value, place, "a list");
    for (const [index, one] of value.entries()) check(one, `${place}[${index}]`);
  };
}

/** A map of labels or annotations that are not Nestbox's own. */
function entries(pattern: RegExp, wanted: string): Check {
  const check = matching(pattern, wanted);
  return (value, place) => {
    if (!isPlainObject(value)) throw wrong(value, place, "a map of names and texts");
    for (const [name, found] of Object.entries(value)) {
      if (!QUALIFIED_NAME.test(name))
        throw new ConfigurationError(
          `${place}: "${name}" is no name that Kubernetes takes; use a name such as "example.com/team"`,
        );
      if (isOwnLabel(name) || name === OF_NESTBOX)
        throw new ConfigurationError(`${place}: "${name}" is set by Nestbox itself; remove it`);
      check(found, `${place}.${name}`);
    }
  };
}

function wrong(value: unknown, place: string, wanted: string): ConfigurationError {
  return new ConfigurationError(`${place} is ${JSON.stringify(value)}; it must be ${wanted}`);
}
