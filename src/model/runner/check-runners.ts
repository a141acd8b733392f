import { duplicates, positiveNumber, problem, sizeProblems } from "../check-values.ts";
import { milliseconds, parseDuration } from "../duration.ts";
import type { Limits } from "../limits.ts";
import { nameProblem } from "../names.ts";
import { imageMatches } from "../plan/privilege.ts";
import { DeclarationError, type Problem, requireNone } from "../problem.ts";
import { type Runner, takesJobsOf } from "./runner.ts";
import { runnerShapeProblems } from "./runner-shape.ts";

/**
 * The shortest that GitLab lets `maximum_timeout` be, in seconds:
 * https://docs.gitlab.com/api/users/#create-a-runner-linked-to-a-user
 */
const SHORTEST_TIMEOUT = 600;

/**
 * An image with name, tag and digest, and with variables that gitlab-runner expands:
 * `…:x86_64-${CI_RUNNER_VERSION}`.
 */
const IMAGE = /^[\w.:@/+${}-]+$/;

const PULL_POLICIES: readonly string[] = ["always", "if-not-present", "never"];

/** What errors name where the file of the runners is unknown: the argument of a Pulumi program. */
const FILE = "runners";

/**
 * Checks declared runners for values that GitLab or gitlab-runner would reject or misread.
 * @param file their file, for errors
 * @throws DeclarationError with all wrong types, or, if there are none, with all other problems
 */
export function requireRunners(runners: readonly Runner[], file = FILE): void {
  requireNone(runners.flatMap((runner, index) => runnerShapeProblems(index, runner, file)));
  requireNone(runnerProblems(runners, file));
}

function* runnerProblems(runners: readonly Runner[], file: string): Iterable<Problem> {
  const names = runners.map(({ name }) => name);
  for (const [index, runner] of runners.entries()) {
    const { name } = runner;
    yield* problem(file, nameProblem(name));
    if (names.indexOf(name) < index)
      yield { path: file, message: `two runners have the name "${name}"; rename one` };
    const path = `${file}: ${name}`;
    yield* tagProblems(`${path}.tags`, runner);
    yield* placeProblems(path, runner);
    yield* valueProblems(path, runner);
    yield* limitProblems(`${path}.jobLimits`, runner.jobLimits);
    yield* limitProblems(`${path}.serviceLimits`, runner.serviceLimits);
  }
}

/**
 * Checks that at least one runner is declared.
 * @throws DeclarationError without a runner
 */
export function requireSomeRunner(runners: readonly Runner[], file = FILE): void {
  if (runners.length > 0) return;
  const message =
    "declares no runner, so that gitlab-runner would never get a job; declare one, or remove " +
    "nestbox:runner from the stack's settings";
  throw new DeclarationError([{ path: file, message }]);
}

/**
 * Warnings about legal but risky runners: those that run any image privileged, which makes every job root on
 * the host, and those that get the jobs of other runners.
 */
export function runnerWarnings(runners: readonly Runner[], file = FILE): readonly Problem[] {
  return [...everythingPrivileged(runners, file), ...sharedTags(runners, file)];
}

/** Privileges of a runner that only some jobs need, and the effect on all other jobs. */
const PRIVILEGES: readonly { readonly has: (runner: Runner) => boolean; readonly effect: string }[] = [
  {
    has: ({ privilegedServices = [] }) => privilegedServices.length > 0,
    effect: "jobs that need no privilege run beside privileged services",
  },
  {
    has: ({ userNamespaces = false }) => userNamespaces,
    effect: "jobs that need no user namespaces may create them",
  },
];

function sharedTags(runners: readonly Runner[], file: string): readonly Problem[] {
  return PRIVILEGES.flatMap(({ has, effect }) =>
    runners.filter(has).flatMap((offering) =>
      runners
        .filter((other) => !has(other) && takesJobsOf(offering, other))
        .map(({ name, tags }) => {
          const all = `includes all tags of ${name} (${tags.join(", ") || "none"})`;
          return {
            path: `${file}: ${offering.name}.tags`,
            message: `${all}, so that ${effect}; remove one of them`,
          };
        }),
    ),
  );
}

function everythingPrivileged(runners: readonly Runner[], file: string): readonly Problem[] {
  return runners.flatMap(({ name, privilegedServices = [] }) =>
    privilegedServices.filter(allowsEverything).map((pattern) => ({
      path: `${file}: ${name}.privilegedServices`,
      message:
        `"${pattern}" runs any image privileged, so that every job can become root on the runner's host; ` +
        "list only images of Docker-in-Docker",
    })),
  );
}

function allowsEverything(pattern: string): boolean {
  return ["any", "any:1", "any/image:1", "registry.example.com/any/image:1"].some((image) =>
    imageMatches(pattern, image),
  );
}

function* tagProblems(path: string, { tags, runUntagged = false }: Runner): Iterable<Problem> {
  if (tags.length === 0 && !runUntagged) {
    const message = "is empty, so that no job reaches the runner; add a tag, or set runUntagged to true";
    yield { path, message };
  }
  yield* duplicates(path, tags);
  for (const tag of tags) {
    // GitLab also accepts a list of tags as one string, which it splits at commas.
    const isLegal = tag.trim() !== "" && tag.trim() === tag && !tag.includes(",");
    const use = "use a string without commas and without spaces at its ends";
    if (!isLegal) yield { path, message: `"${tag}" is not a legal tag; ${use}` };
  }
}

function* placeProblems(path: string, runner: Runner): Iterable<Problem> {
  // Only `*` of https://pkg.go.dev/github.com/bmatcuk/doublestar/v4#Match is supported.
  const isIllegal = (pattern: string) => pattern === "" || /[?[\]{}\\\s]|\*\*/.test(pattern);
  for (const pattern of (runner.privilegedServices ?? []).filter(isIllegal)) {
    const message = `"${pattern}" is not a legal pattern; use an image with * for any characters but /`;
    yield { path: `${path}.privilegedServices`, message };
  }
  for (const folder of runner.sharedFolders ?? []) {
    if (/^\/[^:,\s]+$/.test(folder)) continue;
    const message =
      `"${folder}" is not a folder in a container; use its absolute path without a folder of the host, ` +
      "which every job could change";
    yield { path: `${path}.sharedFolders`, message };
  }
}

function* valueProblems(path: string, runner: Runner): Iterable<Problem> {
  const { limit, mtu, registryMirror, longestJob, pullPolicy = [] } = runner;
  const isWhole = (value: number, least: number, most: number) =>
    Number.isInteger(value) && value >= least && value <= most;
  if (limit !== undefined && !isWhole(limit, 1, Number.POSITIVE_INFINITY))
    yield { path: `${path}.limit`, message: `${limit} is not a number of jobs; use a whole number from 1` };
  if (mtu !== undefined && !isWhole(mtu, 576, 65_535)) {
    const message = `${mtu} is not an MTU; use a whole number of bytes from 576 to 65535`;
    yield { path: `${path}.mtu`, message };
  }
  if (registryMirror !== undefined && !/^https?:\/\/[^\s/]+\/?$/.test(registryMirror)) {
    const message = `"${registryMirror}" is not the URL of a mirror; use one such as "http://mirror:5000"`;
    yield { path: `${path}.registryMirror`, message };
  }
  for (const property of ["image", "helperImage"] as const) {
    const image = runner[property];
    const message = `${JSON.stringify(image)} is not an image; use one such as "alpine:3.22"`;
    if (image !== undefined && !IMAGE.test(image)) yield { path: `${path}.${property}`, message };
  }
  if (longestJob !== undefined && isTooShort(longestJob)) {
    const message = `"${longestJob}" is too short; use at least "10m", as GitLab requires`;
    yield { path: `${path}.longestJob`, message };
  }
  for (const policy of pullPolicy.filter((one) => !PULL_POLICIES.includes(one))) {
    const message = `"${policy}" is not a pull policy; use ${PULL_POLICIES.join(", ")}`;
    yield { path: `${path}.pullPolicy`, message };
  }
}

function isTooShort(longestJob: NonNullable<Runner["longestJob"]>): boolean {
  return parseDuration(longestJob) === undefined || milliseconds(longestJob) < SHORTEST_TIMEOUT * 1000;
}

function limitProblems(path: string, { memory, cpus }: Limits = {}): readonly Problem[] {
  return [...sizeProblems(`${path}.memory`, memory), ...positiveNumber(`${path}.cpus`, cpus)];
}
