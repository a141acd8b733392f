import { milliseconds, parseDuration } from "../duration.ts";
import type { Limits } from "../limits.ts";
import { nameProblem } from "../names.ts";
import { imageMatches } from "../plan/privilege.ts";
import { DeclarationError, type Problem } from "../problem.ts";
import { parseSize } from "../size.ts";
import { type Runner, takesJobsOf } from "./runner.ts";
import { runnerShape } from "./runner-shape.ts";

/**
 * The shortest that GitLab lets `maximum_timeout` be, in seconds:
 * https://docs.gitlab.com/api/users/#create-a-runner-linked-to-a-user
 */
const SHORTEST_TIMEOUT = 600;

/**
 * The characters of an image's name, tag and digest, and of variables, which gitlab-runner fills in:
 * `…:x86_64-${CI_RUNNER_VERSION}`.
 */
const IMAGE = /^[\w.:@/+${}-]+$/;

const PULL_POLICIES: readonly string[] = ["always", "if-not-present", "never"];

/**
 * Checks declared runners: what GitLab or gitlab-runner would refuse, or take for something else.
 * @throws DeclarationError with all that is wrong: first of all whose types are, then of all the others
 */
export function requireRunners(runners: readonly Runner[]): void {
  const wrongTypes = runners.flatMap((runner, place) => runnerShape(place, runner));
  if (wrongTypes.length > 0) throw new DeclarationError(wrongTypes);
  const names = runners.map(({ name }) => name);
  const problems = runners.flatMap((runner, place) => {
    const path = `sandboxes/runners.ts: ${runner.name}`;
    return [
      ...nameProblems(runner.name, names.indexOf(runner.name) < place),
      ...tagProblems(`${path}.tags`, runner),
      ...privilegeProblems(`${path}.privilegedServices`, runner),
      ...folderProblems(`${path}.sharedFolders`, runner),
      ...valueProblems(path, runner),
      ...limitProblems(`${path}.jobLimits`, runner.jobLimits),
      ...limitProblems(`${path}.serviceLimits`, runner.serviceLimits),
    ];
  });
  if (problems.length > 0) throw new DeclarationError(problems);
}

/**
 * Checks that there is something for gitlab-runner to serve.
 * @throws DeclarationError when no runner is declared
 */
export function requireSomeRunner(runners: readonly Runner[]): void {
  if (runners.length > 0) return;
  const message =
    "declares no runner, and gitlab-runner would wait for ever; declare one, or take nestbox:runner out of the stack's settings";
  throw new DeclarationError([{ path: "sandboxes/runners.ts", message }]);
}

/**
 * What is allowed and should be known: runners that run any image privileged, which makes every job root on
 * the host, and those that get more jobs than they need.
 */
export function runnerWarnings(runners: readonly Runner[]): readonly Problem[] {
  return [...everythingPrivileged(runners), ...sharedTags(runners)];
}

/** What a runner offers that jobs without a need for it should not get, and what they get by it. */
const OFFERS: readonly { readonly has: (runner: Runner) => boolean; readonly effect: string }[] = [
  {
    has: ({ privilegedServices = [] }) => privilegedServices.length > 0,
    effect: "jobs without a need for it run beside privileged services",
  },
  {
    has: ({ userNamespaces = false }) => userNamespaces,
    effect: "jobs without a need for it may make user namespaces",
  },
];

function sharedTags(runners: readonly Runner[]): readonly Problem[] {
  return OFFERS.flatMap(({ has, effect }) =>
    runners.filter(has).flatMap((offering) =>
      runners
        .filter((other) => !has(other) && takesJobsOf(offering, other))
        .map(({ name, tags }) => ({
          path: `sandboxes/runners.ts: ${offering.name}.tags`,
          message: `it has all the tags of ${name} (${tags.join(", ") || "none"}), so that ${effect}; leave out one of them`,
        })),
    ),
  );
}

function everythingPrivileged(runners: readonly Runner[]): readonly Problem[] {
  return runners.flatMap(({ name, privilegedServices = [] }) =>
    privilegedServices.filter(allowsEverything).map((pattern) => ({
      path: `sandboxes/runners.ts: ${name}.privilegedServices`,
      message: `"${pattern}" runs any image privileged: whoever can start a job is root on the runner's host; list the images of Docker-in-Docker alone`,
    })),
  );
}

function allowsEverything(pattern: string): boolean {
  return ["any", "any:1", "any/image:1", "registry.example.com/any/image:1"].some((image) =>
    imageMatches(pattern, image),
  );
}

function nameProblems(name: string, isTaken: boolean): readonly Problem[] {
  const path = "sandboxes/runners.ts";
  const message = nameProblem(name);
  return [
    ...(message === undefined ? [] : [{ path, message }]),
    ...(isTaken ? [{ path, message: `two runners are called "${name}"; rename one` }] : []),
  ];
}

function tagProblems(path: string, { tags, runUntagged = false }: Runner): readonly Problem[] {
  return [
    ...(tags.length === 0 && !runUntagged
      ? [{ path, message: "no job would reach it; give it a tag, or runUntagged: true" }]
      : []),
    ...tags
      .filter((tag, place) => tags.indexOf(tag) < place)
      .map((tag) => ({ path, message: `"${tag}" is there twice; leave one out` })),
    // GitLab takes a list as text with commas, too, and cuts there.
    ...tags
      .filter((tag) => tag.trim() === "" || tag.trim() !== tag || tag.includes(","))
      .map((tag) => ({
        path,
        message: `"${tag}" is not a legal tag; use text without commas and without spaces at its ends`,
      })),
  ];
}

/** The runner's patterns know more than `*`: https://pkg.go.dev/github.com/bmatcuk/doublestar/v4#Match */
function privilegeProblems(path: string, { privilegedServices = [] }: Runner): readonly Problem[] {
  return privilegedServices
    .filter((pattern) => pattern === "" || /[?[\]{}\\\s]|\*\*/.test(pattern))
    .map((pattern) => ({
      path,
      message: `"${pattern}" is not a legal pattern; write images as jobs do, with * for any characters but /`,
    }));
}

function folderProblems(path: string, { sharedFolders = [] }: Runner): readonly Problem[] {
  return sharedFolders
    .filter((folder) => !/^\/[^:,\s]+$/.test(folder))
    .map((folder) => ({
      path,
      message: `"${folder}" is not a folder in a container; write its absolute path alone: a folder of the host would be every job's to change`,
    }));
}

function valueProblems(path: string, runner: Runner): readonly Problem[] {
  const { limit, mtu, registryMirror, longestJob, pullPolicy = [] } = runner;
  const unknown = pullPolicy.filter((policy) => !PULL_POLICIES.includes(policy));
  return [
    ...(limit !== undefined && !(Number.isInteger(limit) && limit > 0)
      ? [{ path: `${path}.limit`, message: `${limit} is not a number of jobs; use a whole number from 1` }]
      : []),
    ...(mtu !== undefined && !(Number.isInteger(mtu) && mtu >= 576 && mtu <= 65_535)
      ? [
          {
            path: `${path}.mtu`,
            message: `${mtu} is not an MTU; use a whole number of bytes from 576 to 65535`,
          },
        ]
      : []),
    ...(registryMirror !== undefined && !/^https?:\/\/[^\s/]+\/?$/.test(registryMirror)
      ? [
          {
            path: `${path}.registryMirror`,
            message: `"${registryMirror}" is not a mirror's address; use one such as "http://mirror.example.com:5000"`,
          },
        ]
      : []),
    ...(["image", "helperImage"] as const).flatMap((property) => {
      const image = runner[property];
      return image === undefined || IMAGE.test(image)
        ? []
        : [
            {
              path: `${path}.${property}`,
              message: `${JSON.stringify(image)} is not an image; use one such as "alpine:3.22"`,
            },
          ];
    }),
    ...(longestJob !== undefined && isTooShort(longestJob)
      ? [
          {
            path: `${path}.longestJob`,
            message: `"${longestJob}" is too short; GitLab takes ten minutes or more: "10m"`,
          },
        ]
      : []),
    ...unknown.map((policy) => ({
      path: `${path}.pullPolicy`,
      message: `"${policy}" is no pull policy; use ${PULL_POLICIES.join(", ")}`,
    })),
  ];
}

function isTooShort(longestJob: NonNullable<Runner["longestJob"]>): boolean {
  return parseDuration(longestJob) === undefined || milliseconds(longestJob) < SHORTEST_TIMEOUT * 1000;
}

function limitProblems(path: string, { memory, cpus }: Limits = {}): readonly Problem[] {
  return [
    ...(memory !== undefined && parseSize(memory) === undefined
      ? [{ path: `${path}.memory`, message: `"${memory}" is not a size; use one such as "512MiB" or "2GiB"` }]
      : []),
    ...(cpus !== undefined && !(Number.isFinite(cpus) && cpus > 0)
      ? [{ path: `${path}.cpus`, message: `${cpus} is not a number of processors; use one such as 1.5` }]
      : []),
  ];
}
