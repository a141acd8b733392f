import { isIP } from "node:net";
import { nameProblem } from "../names.ts";
import type { Problem } from "../problem.ts";
import { properties } from "../properties.ts";
import {
  aBoolean,
  aString,
  type Check,
  filledWith,
  legal,
  listOf,
  mapOf,
  objectWith,
  wrongType,
} from "../shape.ts";
import { aDuration, anImage, aPositiveInteger, aPositiveNumber, aSize } from "../values.ts";
import type {
  IdleCapacity,
  JobCache,
  JobSandboxes,
  JobToleration,
  KubernetesExecutor,
} from "./kubernetes-executor.ts";
import type { DockerExecutor } from "./runner.ts";

type ChecksOf<Settings> = Readonly<Record<keyof Settings, Check>>;

export const runnerLimits = objectWith("limits", { memory: aSize, cpus: aPositiveNumber });

/** The name of a namespace, or of another object with a label's name. */
const anObjectName = legal(aString, (name: string) => nameProblem(name, 63));

const aTaintEffect = oneOf("NoSchedule", "PreferNoSchedule", "NoExecute");

const aToleration = objectWith(
  "a toleration",
  { key: aString, value: aString, effect: aTaintEffect } satisfies ChecksOf<JobToleration>,
  ["key"],
);

const aCache = objectWith(
  "a cache",
  {
    ...properties(aString, "bucket", "region"),
    server: legal(aString, (server: string) =>
      /^[\w.-]+(?::\d+)?$/.test(server)
        ? undefined
        : `"${server}" is not a server; use host and port, such as "minio.example.com:9000"`,
    ),
    ...properties(aBoolean, "insecure", "pathStyle", "shared"),
  } satisfies ChecksOf<JobCache>,
  ["bucket"],
);

const idleCapacity = objectWith(
  "idle capacity",
  { pods: aPositiveInteger, priorityClass: anObjectName, image: anImage } satisfies ChecksOf<IdleCapacity>,
  ["pods", "priorityClass"],
);

const anAddressRange = legal(aString, (range: string) => {
  const [, address = "", bits = ""] = /^(.*)\/(\d{1,3})$/.exec(range) ?? [];
  const version = isIP(address);
  if (version !== 0 && Number(bits) <= (version === 4 ? 32 : 128)) return undefined;
  return `"${range}" is not a range of addresses; use CIDR notation, such as "10.1.2.3/32"`;
});

const addressRanges = listOf(anAddressRange, "a list of ranges of addresses");

const jobSandboxes = objectWith(
  "sandboxes of jobs",
  {
    namespace: anObjectName,
    apiServer: filledWith(addressRanges, "add what kubectl get endpoints kubernetes prints"),
  } satisfies ChecksOf<JobSandboxes>,
  ["namespace", "apiServer"],
);

/** Flags that Nestbox itself sets, or that would widen what jobs may do, and why they are refused. */
const REFUSED_FLAGS: Readonly<Record<string, string>> = {
  FF_NETWORK_PER_BUILD: 'belongs to the executor "docker", where it is always set; remove it',
  FF_DISABLE_AUTOMATIC_TOKEN_ROTATION: "is always set; remove it, and use tokenLifetime",
  FF_SUSPENDABLE_ENVIRONMENTS: "needs rights that no Role of Nestbox gives; remove it",
  FF_CONCRETE: "needs rights that no Role of Nestbox gives; remove it",
};

const featureFlags: Check = (path, value) => [
  ...mapOf(aBoolean, "an object with feature flags and true or false")(path, value),
  ...Object.keys(Object(value)).flatMap((flag) => {
    const message = /^FF_[A-Z0-9_]+$/.test(flag)
      ? REFUSED_FLAGS[flag]
      : "is not a feature flag; use one such as FF_KUBERNETES_HONOR_ENTRYPOINT";
    return message === undefined ? [] : [{ path: `${path}.${flag}`, message }];
  }),
];

/** The settings of one executor alone, by their executor. */
export const EXECUTOR_SETTINGS: {
  readonly docker: ChecksOf<DockerExecutor>;
  readonly kubernetes: ChecksOf<KubernetesExecutor>;
} = {
  docker: { dependencyCache: aBoolean },
  kubernetes: {
    ...properties(anObjectName, "namespace", "runnerNamespace", "serviceAccount", "metricsFrom"),
    access: oneOf("created", "existing"),
    ...{ replicas: aPositiveInteger, jobUser: aPositiveInteger },
    ...properties(runnerLimits, "jobRequests", "serviceRequests", "helperLimits", "helperRequests"),
    nodeSelector: mapOf(aString, "an object with labels of nodes"),
    tolerations: listOf(aToleration, "a list of tolerations"),
    pullSecrets: listOf(anObjectName, "a list of names of Secrets"),
    ...{ cache: aCache, idle: idleCapacity, startsWithin: aDuration, featureFlags },
    ...{ reachableAddresses: addressRanges, sandboxes: jobSandboxes },
  },
};

/** An executor of gitlab-runner that runners may have. */
export type Executor = keyof typeof EXECUTOR_SETTINGS;

export const anExecutor = oneOf(...Object.keys(EXECUTOR_SETTINGS));

/** The problems of settings that belong to another executor than a runner's. */
export function foreignSettings(
  path: string,
  executor: Executor,
  names: readonly string[],
): readonly Problem[] {
  return Object.entries(EXECUTOR_SETTINGS)
    .filter(([other]) => other !== executor)
    .flatMap(([other, settings]) =>
      names
        .filter((name) => Object.hasOwn(settings, name))
        .map((name) => ({
          path: `${path}.${name}`,
          message:
            `belongs to the executor "${other}", and this runner has "${executor}"; remove it, or set ` +
            `executor to "${other}"`,
        })),
    );
}

function oneOf(...words: readonly string[]): Check {
  const expected = words.map((word) => `"${word}"`).join(" or ");
  return (path, value) => (words.includes(value as string) ? [] : wrongType(path, value, expected));
}
