import { problem, problemsAt } from "../check-values.ts";
import { parseDuration } from "../duration.ts";
import { nameProblem } from "../names.ts";
import { imageMatches } from "../plan/privilege.ts";
import { DeclarationError, type Problem, requireNone } from "../problem.ts";
import { type Runner, takesJobsOf } from "./runner.ts";
import { runnerShapeProblems } from "./runner-shape.ts";

/**
 * The shortest that GitLab lets `maximum_timeout` be, in milliseconds:
 * https://docs.gitlab.com/api/users/#create-a-runner-linked-to-a-user
 */
const SHORTEST_TIMEOUT = 600_000;

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
    yield* valueProblems(path, runner);
  }
  yield* sharedNamespaces(runners, file);
}

/**
 * The policies of a namespace are those of one runner: another's jobs would get its privileges, and its
 * gitlab-runner would be within the reach of jobs.
 */
function* sharedNamespaces(runners: readonly Runner[], file: string): Iterable<Problem> {
  const used = new Map<string, string>();
  for (const { name, namespace, runnerNamespace, sandboxes } of runners) {
    const named = { namespace, runnerNamespace, "sandboxes.namespace": sandboxes?.namespace };
    for (const [property, value] of Object.entries(named)) {
      if (value === undefined) continue;
      const other = used.get(value);
      used.set(value, `${name}.${property}`);
      const message = `"${value}" is also ${other}; give each a namespace of its own`;
      if (other !== undefined) yield { path: `${file}: ${name}.${property}`, message };
    }
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

function* everythingPrivileged(runners: readonly Runner[], file: string): Iterable<Problem> {
  const allowsEverything = (pattern: string) =>
    ["any", "any:1", "any/image:1", "registry.example.com/any/image:1"].some((image) =>
      imageMatches(pattern, image),
    );
  for (const { name, privilegedServices = [] } of runners) {
    for (const pattern of privilegedServices.filter(allowsEverything)) {
      const effect = "so that every job can become root on the runner's host";
      const remedy = "list only images of Docker-in-Docker";
      const message = `"${pattern}" runs any image privileged, ${effect}; ${remedy}`;
      yield { path: `${file}: ${name}.privilegedServices`, message };
    }
  }
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
  {
    has: ({ sandboxes }) => sandboxes !== undefined,
    effect: "jobs that start no sandboxes in the cluster get a token for it",
  },
];

function* sharedTags(runners: readonly Runner[], file: string): Iterable<Problem> {
  for (const { has, effect } of PRIVILEGES) {
    for (const offering of runners.filter(has)) {
      for (const { name, tags } of runners.filter((one) => !has(one) && takesJobsOf(offering, one))) {
        const all = `includes all tags of ${name} (${tags.join(", ") || "none"})`;
        const message = `${all}, so that ${effect}; remove one of them`;
        yield { path: `${file}: ${offering.name}.tags`, message };
      }
    }
  }
}

function* tagProblems(path: string, { tags, runUntagged = false }: Runner): Iterable<Problem> {
  if (tags.length === 0 && !runUntagged) {
    const message = "is empty, so that no job reaches the runner; add a tag, or set runUntagged to true";
    yield { path, message };
  }
  // GitLab also accepts a list of tags as one string, which it splits at commas.
  for (const tag of tags.filter((one) => one.trim() !== one || one === "" || one.includes(","))) {
    const use = "use a string without commas and without spaces at its ends";
    yield { path, message: `"${tag}" is not a legal tag; ${use}` };
  }
}

function* valueProblems(path: string, runner: Runner): Iterable<Problem> {
  const at = problemsAt(path);
  const { privilegedServices = [], sharedFolders = [], pullPolicy = [] } = runner;
  const { limit, mtu, registryMirror, longestJob } = runner;
  // Only `*` of https://pkg.go.dev/github.com/bmatcuk/doublestar/v4#Match is supported.
  for (const pattern of privilegedServices.filter((one) => /^$|[?[\]{}\\\s]|\*\*/.test(one))) {
    const use = "use an image with * for any characters but /";
    yield at("privilegedServices", `"${pattern}" is not a legal pattern; ${use}`);
  }
  for (const folder of sharedFolders.filter((one) => !/^\/[^:,\s]+$/.test(one))) {
    const use = "use its absolute path without a folder of the host, which every job could change";
    yield at("sharedFolders", `"${folder}" is not a folder in a container; ${use}`);
  }
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1))
    yield at("limit", `${limit} is not a number of jobs; use a whole number from 1`);
  if (mtu !== undefined && !(Number.isInteger(mtu) && mtu >= 576 && mtu <= 65_535))
    yield at("mtu", `${mtu} is not an MTU; use a whole number of bytes from 576 to 65535`);
  if (registryMirror !== undefined && !/^https?:\/\/[^\s/]+\/?$/.test(registryMirror)) {
    const use = 'use one such as "http://mirror:5000"';
    yield at("registryMirror", `"${registryMirror}" is not the URL of a mirror; ${use}`);
  }
  for (const property of ["image", "helperImage"] as const) {
    const image = runner[property];
    if (image !== undefined && !IMAGE.test(image))
      yield at(property, `${JSON.stringify(image)} is not an image; use one such as "alpine:3.22"`);
  }
  if (longestJob !== undefined && (parseDuration(longestJob) ?? 0) < SHORTEST_TIMEOUT)
    yield at("longestJob", `"${longestJob}" is too short; use at least "10m", as GitLab requires`);
  const { jobUser, userNamespaces = false, idle, jobRequests, jobLimits } = runner;
  if (jobUser !== undefined && (userNamespaces || privilegedServices.length > 0)) {
    const privilege = userNamespaces ? "userNamespaces" : "privilegedServices";
    yield at("jobUser", `excludes ${privilege}, which the level "restricted" refuses; remove one of them`);
  }
  if (idle !== undefined && jobRequests === undefined && jobLimits === undefined) {
    const use = "set jobRequests";
    yield at(
      "idle",
      `keeps room for jobs, and no job has requests or limits, so that they need none; ${use}`,
    );
  }
  if (runner.sandboxes !== undefined && runner.serviceAccount !== undefined)
    yield at("serviceAccount", "excludes sandboxes, whose account the jobs have; remove one of them");
  for (const policy of pullPolicy.filter((one) => !PULL_POLICIES.includes(one)))
    yield at("pullPolicy", `"${policy}" is not a pull policy; use ${PULL_POLICIES.join(", ")}`);
}
