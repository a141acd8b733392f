import { describe, expect, test } from "@jest/globals";
import runners from "../../../sandboxes/runners.ts";
import { DeclarationError } from "../../../src/model/problem.ts";
import {
  requireRunners,
  requireSomeRunner,
  runnerWarnings,
} from "../../../src/model/runner/check-runners.ts";
import type { Runner } from "../../../src/model/runner/runner.ts";
import { emitted } from "../../emission/emitted.ts";

const RUNNER: Runner = { name: "big", tags: ["docker"] };

function problems(change: Readonly<Record<string, unknown>>): readonly string[] {
  try {
    requireRunners([{ ...RUNNER, ...change }]);
    return [];
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

test("the declared runners have no problems and no warnings", () => {
  requireRunners(runners);
  expect(runnerWarnings(runners)).toEqual([]);
});

test("a runner with all properties has no problems", () => {
  expect(
    problems({
      privilegedServices: ["docker:*-dind", "registry.example.com:5000/team/docker:dind"],
      userNamespaces: true,
      sharedFolders: ["/certs/client"],
      mtu: 1400,
      registryMirror: "http://mirror.example.com:5000",
      limit: 1,
      jobLimits: { memory: "2GiB", cpus: 0.5 },
      serviceLimits: {},
      pullPolicy: ["if-not-present"],
      longestJob: "10m",
      runUntagged: true,
      tags: [],
    }),
  ).toEqual([]);
});

describe("refused", () => {
  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ["a name", { name: "Big One" }, 'runners: "Big One" is not a legal name'],
    [
      "no tags",
      { tags: [] },
      "runners: big.tags: is empty, so that no job reaches the runner; add a tag, or set " + "runUntagged",
    ],
    ["a tag with a comma", { tags: ["docker,dind"] }, '"docker,dind" is not a legal tag'],
    ["an empty tag", { tags: [""] }, '"" is not a legal tag'],
    [
      "a timeout below GitLab's",
      { longestJob: "599s" },
      '"599s" is too short; use at least "10m", as GitLab requires',
    ],
    ["a timeout that is none", { longestJob: "long" }, '"long" is too short'],
    [
      "a folder of the host",
      { sharedFolders: ["/var/run/docker.sock:/var/run/docker.sock"] },
      "which every job could change",
    ],
    ["a relative folder", { sharedFolders: ["certs"] }, '"certs" is not a folder in a container'],
    ["a pattern for other programs", { privilegedServices: ["docker:{dind,cli}"] }, "is not a legal pattern"],
    ["a pattern across slashes", { privilegedServices: ["**"] }, "is not a legal pattern"],
    ["no jobs", { limit: 0 }, "big.limit: 0 is not a number of jobs"],
    ["an MTU", { mtu: 100 }, "big.mtu: 100 is not an MTU"],
    ["a mirror without scheme", { registryMirror: "mirror:5000" }, "is not the URL of a mirror"],
    ["a pull policy", { pullPolicy: ["sometimes"] }, '"sometimes" is not a pull policy'],
    ["a memory limit", { jobLimits: { memory: "2g" } }, 'big.jobLimits.memory: "2g" is not a size'],
    ["processors", { serviceLimits: { cpus: 0 } }, "big.serviceLimits.cpus: 0 is not a positive number"],
  ])("%s", (_, change, message) => {
    expect(problems(change)).toEqual([expect.stringContaining(message)]);
  });

  test("two runners with the same name", () => {
    expect(() => requireRunners([RUNNER, RUNNER])).toThrow('two runners have the name "big"; rename one');
  });

  test("all problems at once, when files are emitted", () => {
    expect(() => emitted([], [{ ...RUNNER, tags: [], limit: 0 }])).toThrow(/big\.tags: .*\n.*big\.limit: /);
  });
});

test.each(["*", "*:*", "*/*:*", "*/*/*:*"])(
  "the pattern %s has a warning: it makes any image privileged",
  (pattern) => {
    expect(runnerWarnings([{ ...RUNNER, privilegedServices: ["docker:dind", pattern] }])).toEqual([
      {
        path: "runners: big.privilegedServices",
        message: expect.stringContaining(`"${pattern}" runs any image privileged`),
      },
    ]);
  },
);

test.each(["docker:*", "team/docker:*-dind", "registry.example.com/*/docker:dind"])(
  "the pattern %s has no warning",
  (pattern) => {
    expect(runnerWarnings([{ ...RUNNER, privilegedServices: [pattern] }])).toEqual([]);
  },
);

test("an empty list of runners is refused", () => {
  expect(() => requireSomeRunner([])).toThrow("runners: declares no runner");
  requireSomeRunner([RUNNER]);
});

test.each(["alpine 3", "alpine:3.22\n", 'alpine"', "", "alpine:3.22;"])("%j is not an image", (image) => {
  expect(problems({ image, helperImage: image })).toEqual([
    expect.stringContaining("big.image: "),
    expect.stringContaining("big.helperImage: "),
  ]);
});

test.each([
  "alpine:3.22",
  "registry.example.com:5000/team/a_b-c@sha256:0123456789abcdef",
  "registry.example.com/helper:x86_64-v${CI_RUNNER_VERSION}",
])("%s is an image", (image) => {
  expect(problems({ image, helperImage: image })).toEqual([]);
});

test("a duplicate tag is one problem", () => {
  expect(problems({ tags: ["a", "b", "a"] })).toEqual([expect.stringContaining('big.tags: lists "a" twice')]);
});

test("a privileged runner with all tags of an unprivileged one has a warning", () => {
  const privileged: Runner = { name: "dind", tags: ["docker", "dind"], privilegedServices: ["docker:dind"] };
  expect(runnerWarnings([RUNNER, privileged])).toEqual([
    {
      path: "runners: dind.tags",
      message: expect.stringContaining("includes all tags of big (docker)"),
    },
  ]);
  expect(runnerWarnings([RUNNER, { ...privileged, tags: ["dind"] }])).toEqual([]);
  expect(runnerWarnings([privileged, { ...privileged, name: "other", tags: ["docker"] }])).toEqual([]);
});

test("a runner with userNamespaces and all tags of another runner has a warning", () => {
  const builds: Runner = { name: "builds", tags: ["docker", "builds"], userNamespaces: true };
  expect(runnerWarnings([RUNNER, builds])).toEqual([
    {
      path: "runners: builds.tags",
      message: expect.stringContaining("jobs that need no user namespaces may create them"),
    },
  ]);
  expect(runnerWarnings([RUNNER, { ...builds, tags: ["builds"] }])).toEqual([]);
  expect(runnerWarnings([{ ...RUNNER, userNamespaces: true }, builds])).toEqual([]);
});

describe("executors", () => {
  const pods = { executor: "kubernetes" } as const;

  test("a runner in a cluster may have all of its settings", () => {
    expect(
      problems({
        ...{ ...pods, namespace: "jobs", runnerNamespace: "runner", access: "existing", replicas: 2 },
        ...{ serviceAccount: "deployer", jobUser: 1000, jobRequests: { cpus: 0.5 }, helperLimits: {} },
        ...{ nodeSelector: { pool: "ci" }, tolerations: [{ key: "ci", effect: "NoSchedule" }] },
        ...{ pullSecrets: ["login"], cache: { bucket: "ci" }, idle: { pods: 1, priorityClass: "idle" } },
        ...{ startsWithin: "5m", featureFlags: { FF_PRINT_POD_EVENTS: true }, metricsFrom: "monitoring" },
        reachableAddresses: ["10.1.2.3/32", "fd00::/64"],
      }),
    ).toEqual([]);
  });

  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ["an unknown one", { executor: "shell" }, 'is the string "shell"; use "docker" or "kubernetes"'],
    [
      "a setting of the other one",
      { ...pods, dependencyCache: false },
      'runners: big.dependencyCache: belongs to the executor "docker", and this runner has "kubernetes"',
    ],
    [
      "a setting of a cluster",
      { namespace: "jobs" },
      'runners: big.namespace: belongs to the executor "kubernetes", and this runner has "docker"',
    ],
    ["no range", { ...pods, reachableAddresses: ["10.1.2.3"] }, '"10.1.2.3" is not a range of addresses'],
    ["root", { ...pods, jobUser: 0 }, "0 is not a positive whole number"],
    ["privilege for a user", { ...pods, jobUser: 1, userNamespaces: true }, "excludes userNamespaces"],
    ["a flag of Docker", { ...pods, featureFlags: { FF_NETWORK_PER_BUILD: true } }, 'executor "docker"'],
    ["room for nothing", { ...pods, idle: { pods: 1, priorityClass: "idle" } }, "set jobRequests"],
    ["one namespace for both", { ...pods, namespace: "ci", runnerNamespace: "ci" }, "is also big.namespace"],
    [
      "one namespace for jobs and their sandboxes",
      { ...pods, namespace: "ci", sandboxes: { namespace: "ci", apiServer: ["10.0.0.5/32"] } },
      'big.sandboxes.namespace: "ci" is also big.namespace',
    ],
    [
      "sandboxes without an API server",
      { ...pods, sandboxes: { namespace: "ci", apiServer: [] } },
      "add what kubectl get endpoints kubernetes prints",
    ],
    [
      "two accounts",
      { ...pods, serviceAccount: "a", sandboxes: { namespace: "ci", apiServer: ["10.0.0.5/32"] } },
      "big.serviceAccount: excludes sandboxes",
    ],
  ])("%s is refused", (_, change, message) => {
    expect(problems(change)).toEqual([expect.stringContaining(message)]);
  });
});

test("a runner for sandboxes that gets the jobs of another has a warning", () => {
  const pods: Runner = { name: "pods", tags: ["ci"], executor: "kubernetes" };
  const sandboxes = { namespace: "sandboxes", apiServer: ["10.0.0.5/32"] };
  expect(runnerWarnings([pods, { ...pods, name: "sandboxes", sandboxes }])).toEqual([
    {
      path: "runners: sandboxes.tags",
      message: expect.stringContaining("jobs that start no sandboxes in the cluster get a token for it"),
    },
  ]);
});
