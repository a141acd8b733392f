import { describe, expect, test } from "@jest/globals";
import { checkRunner } from "../../../src/doctor/runner/runner-checks.ts";
import type { RunnerFacts } from "../../../src/doctor/runner/runner-facts.ts";
import { configFile } from "../../../src/gitlab/runner/config-file.ts";
import type { Runner } from "../../../src/model/runner/runner.ts";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const RUNNERS: readonly Runner[] = [
  { name: "plain", tags: ["docker"] },
  { name: "big", tags: ["dind"], privilegedServices: ["docker:*-dind"], sharedFolders: ["/certs/client"] },
];
const CONFIG = configFile(RUNNERS, { metricsAddress: ":9252" });
const GOOD: RunnerFacts = {
  name: "gitlab-runner-1a2b3c",
  stack: "ci",
  state: "running",
  health: "healthy",
  exitCode: 0,
  restarts: 0,
  jobs: 2,
  version: "19.3.0",
  config: CONFIG,
  declared: { config: CONFIG },
  publishedAt: ["127.0.0.1"],
  onHostNetwork: false,
  gitlabUrl: "https://gitlab.example.com",
  gitlab: { kind: "answers" },
  verified: { kind: "answers" },
  tokens: { plain: { kind: "valid" }, big: { kind: "valid", expires: "2026-12-24T12:00:00Z" } },
  freeNetworks: 24,
  mirror: {
    name: "gitlab-runner-mirror-4d5e6f",
    works: true,
    status: "Up 3 hours (healthy)",
    address: "http://172.17.0.1:5005",
    engineMirrors: ["http://172.17.0.1:5005/"],
  },
};

const checks = (change: Partial<RunnerFacts> = {}) => checkRunner({ ...GOOD, ...change }, NOW);
/** The checks that are not good. Each has a remedy, except unknown ones. */
function found(change: Partial<RunnerFacts>): readonly (readonly [string, string, string])[] {
  return checks(change)
    .filter(({ state }) => state !== "good")
    .map(({ id, state, finding, remedy }) => {
      expect(remedy === undefined).toBe(state === "unknown");
      return [id, state, finding] as const;
    });
}

test("an MTU of jobs above this machine's uplink is a problem", () => {
  expect(found({ uplinkMtu: 1400 }).map(([id, state]) => [id, state])).toEqual([
    ["config-mtu", "problem"],
    ["config-mtu", "problem"],
  ]);
  expect(found({ uplinkMtu: 1500 })).toEqual([]);
});

test("a good runner has no problems, and all checks are reported", () => {
  expect(checks().map(({ id, state, finding }) => [id, state, finding])).toEqual([
    ["runner", "good", "gitlab-runner-1a2b3c is running, 2 jobs"],
    ["runner-version", "good", "gitlab-runner 19.3.0"],
    ["runner-config", "good", "config.toml matches the declared runners"],
    ["runner-room", "good", "up to 8 concurrent jobs, and 24 free subnets in the engine's address pools"],
    ["runner-metrics", "good", "metrics on this machine's loopback only"],
    ["gitlab", "good", "https://gitlab.example.com is reachable from this machine"],
    ["gitlab-from-runner", "good", "GitLab is reachable from the runner"],
    ["registry-mirror", "good", "the registry mirror serves at http://172.17.0.1:5005"],
    ["engine-mirror", "good", "the engine pulls the images of jobs through the registry mirror"],
    ["runner-token", "good", "plain: the token is valid and does not expire"],
    ["runner-token", "good", "big: the token is valid until 2026-12-24T12:00:00Z, for 30 days"],
  ]);
});

describe("the container", () => {
  test.each<[string, string, string, Partial<RunnerFacts>]>([
    ["exited", "problem", "gitlab-runner-1a2b3c is not running (exited, exit code 1)", { exitCode: 1 }],
    ["paused", "problem", "gitlab-runner-1a2b3c is not running (paused)", {}],
    [
      "restarting",
      "problem",
      "gitlab-runner-1a2b3c restarts repeatedly: 12 restarts, exit code 1",
      { exitCode: 1, restarts: 12 },
    ],
    ["running", "problem", "gitlab-runner-1a2b3c is running, but unhealthy", { health: "unhealthy" }],
    [
      "running",
      "warning",
      "gitlab-runner-1a2b3c is running, 1 job; the engine restarted it once after it exited",
      { restarts: 1, jobs: 1 },
    ],
  ])("%s is a %s", (state, severity, finding, change) => {
    expect(found({ state, ...change })).toEqual([["runner", severity, finding]]);
  });
});

test.each([
  ["18.10.0", "good"],
  ["v18.11", "good"],
  ["19.0.0", "good"],
  ["20.1", "good"],
  ["18.9.3", "problem"],
  ["17.11.0", "problem"],
  ["latest", "unknown"],
])("gitlab-runner %s is %s: older ones do not expand variables", (version, state) => {
  expect(checks({ version }).find(({ id }) => id === "runner-version")?.state).toBe(state);
});

describe("the configuration", () => {
  test("that is missing or broken is a problem, with the broken line", () => {
    const { config: _, ...none } = GOOD;
    expect(checkRunner(none, NOW).find(({ id }) => id === "runner-config")).toMatchObject({
      state: "problem",
      finding: "the container has no config.toml",
    });
    expect(found({ config: "concurrent = 4\n[[runners]\n" })).toEqual([
      ["runner-config", "problem", expect.stringContaining("config.toml is broken at line 2, column ")],
    ]);
  });

  test("that differs is a warning that names the keys, and never their values", () => {
    const config = CONFIG.replace("limit = 4", "limit = 9")
      .replace("privileged = false", "privileged = true")
      .replace('token = "$NESTBOX_RUNNER_TOKEN_BIG"', 'token = "glrt-secret-of-big"');
    expect(config).not.toBe(CONFIG);
    const differing = found({ config });
    expect(differing).toEqual([
      [
        "runner-config",
        "warning",
        "config.toml differs from the declared runners: runners.plain.limit, " +
          "runners.plain.docker.privileged, runners.big.token",
      ],
      ["config-concurrent", "warning", expect.stringContaining("concurrent is 8")],
      ["config-privileged", "problem", expect.stringContaining("runners.plain.docker.privileged is true")],
      ["config-token", "warning", expect.stringContaining("runners.big.token")],
    ]);
    expect(JSON.stringify(checks({ config }))).not.toContain("glrt-secret");
  });

  test("with a missing or an extra runner differs; comments and order do not matter", () => {
    expect(
      found({ declared: { config: configFile(RUNNERS.slice(0, 1), { metricsAddress: ":9252" }) } }),
    ).toEqual([
      ["runner-config", "warning", expect.stringMatching(/declared runners: concurrent, runners\.big$/)],
    ]);
    expect(found({ config: `# by hand\n${CONFIG}` })).toEqual([]);
  });

  test("of another project is not compared: unknown", () => {
    expect(found({ declared: { unknown: 'it is the project "shop" that declares it' } })).toEqual([
      ["runner-config", "unknown", 'config.toml can be read, but it is the project "shop" that declares it'],
    ]);
  });
});

test("more concurrent jobs than free subnets are a warning", () => {
  expect(found({ freeNetworks: 8 })).toEqual([]);
  expect(found({ freeNetworks: 7 })).toEqual([
    ["runner-room", "warning", "up to 8 concurrent jobs, and 7 free subnets in the engine's address pools"],
  ]);
});

describe("metrics", () => {
  const state = (change: Partial<RunnerFacts>) =>
    checks(change).find(({ id }) => id === "runner-metrics")?.state;

  test.each(["0.0.0.0", "::", "192.0.2.7"])("published at %s are a problem", (address) => {
    expect(found({ publishedAt: ["127.0.0.1", address] })).toEqual([
      ["runner-metrics", "problem", expect.stringContaining(`at ${address}: metrics and debugging pages`)],
    ]);
  });

  test("that are not published, or on the loopback, are good", () => {
    expect(state({ publishedAt: [] })).toBe("good");
    expect(state({ publishedAt: ["127.0.0.1", "::1"] })).toBe("good");
  });

  test("of a container on the host's network are open unless it listens only on the loopback", () => {
    const onHost = (listen: string) => ({
      onHostNetwork: true,
      publishedAt: [],
      config: CONFIG.replace('":9252"', `"${listen}"`),
    });
    expect(state(onHost(":9252"))).toBe("problem");
    expect(state(onHost("0.0.0.0:9252"))).toBe("problem");
    expect(state(onHost("127.0.0.1:9252"))).toBe("good");
    expect(state({ ...onHost(":9252"), config: configFile(RUNNERS) })).toBe("good");
  });
});

describe("GitLab", () => {
  test("that is unreachable from here or the runner is a problem, and so is another server", () => {
    expect(
      found({ gitlab: { kind: "unreachable", reason: "getaddrinfo ENOTFOUND gitlab.example.com" } }),
    ).toEqual([
      [
        "gitlab",
        "problem",
        "https://gitlab.example.com is unreachable from this machine: getaddrinfo ENOTFOUND " +
          "gitlab.example.com",
      ],
    ]);
    expect(found({ gitlab: { kind: "not-gitlab", status: 400 } })).toEqual([
      ["gitlab", "problem", "https://gitlab.example.com answers with 400, but is not GitLab"],
    ]);
    expect(found({ verified: { kind: "unreachable", reason: "no answer within 10 s" } })).toEqual([
      ["gitlab-from-runner", "problem", "GitLab is unreachable from the runner: no answer within 10 s"],
    ]);
  });

  test("that was not asked is unknown", () => {
    expect(found({ verified: { kind: "unknown", reason: "the container does not run" } })).toEqual([
      [
        "gitlab-from-runner",
        "unknown",
        "whether GitLab is reachable from the runner: the container does not run",
      ],
    ]);
  });
});

describe("a token", () => {
  const token = (state: RunnerFacts["tokens"][string]) => found({ tokens: { big: state } });

  test("that GitLab refuses, or that the container does not have, is a problem", () => {
    expect(token({ kind: "refused", status: 403 })).toEqual([
      [
        "runner-token",
        "problem",
        "big: GitLab refuses the token (403): it was reset or expired, or the runner was deleted",
      ],
    ]);
    expect(token({ kind: "refused", status: 422 })).toEqual([
      ["runner-token", "problem", "big: GitLab refuses the token (422): its project was deleted"],
    ]);
    expect(token({ kind: "missing", variable: "NESTBOX_RUNNER_TOKEN_BIG" })).toEqual([
      [
        "runner-token",
        "problem",
        "big: config.toml takes the token from $NESTBOX_RUNNER_TOKEN_BIG, which is not set",
      ],
    ]);
  });

  test("that expires within a week is a warning with the number of days", () => {
    expect(token({ kind: "valid", expires: "2026-11-26T11:59:00Z" })).toEqual([
      ["runner-token", "warning", "big: the token is valid until 2026-11-26T11:59:00Z, for 1 day"],
    ]);
    expect(token({ kind: "valid", expires: "2026-12-01T11:59:59Z" })).toHaveLength(1);
    expect(token({ kind: "valid", expires: "2026-12-01T12:00:00Z" })).toEqual([]);
  });
});

describe("the registry mirror", () => {
  const mirror = (change: Partial<NonNullable<RunnerFacts["mirror"]>>) =>
    found({ mirror: { ...(GOOD.mirror as NonNullable<RunnerFacts["mirror"]>), ...change } });

  test("that does not work is a problem", () => {
    expect(mirror({ works: false, status: "Exited (1) 2 hours ago" })).toEqual([
      ["registry-mirror", "problem", expect.stringContaining("does not work (Exited (1) 2 hours ago)")],
    ]);
  });

  test("that is open to the network is a warning, and the engine uses another address", () => {
    expect(mirror({ address: "http://0.0.0.0:5005" })).toEqual([
      ["registry-mirror", "warning", expect.stringContaining("open to the network, at http://0.0.0.0:5005")],
      ["engine-mirror", "warning", expect.stringContaining("another mirror, http://172.17.0.1:5005")],
    ]);
  });

  test("that the engine does not use is a warning, with the line for daemon.json", () => {
    expect(mirror({ engineMirrors: [] })).toEqual([
      ["engine-mirror", "warning", expect.stringContaining("the engine has no mirror")],
    ]);
    const check = checks({
      mirror: { ...(GOOD.mirror as NonNullable<RunnerFacts["mirror"]>), engineMirrors: [] },
    }).find(({ id }) => id === "engine-mirror");
    expect(check?.remedy).toContain('"registry-mirrors": ["http://172.17.0.1:5005"]');
  });

  test("is not reported where there is none", () => {
    const { mirror: _, ...without } = GOOD;
    expect(checkRunner(without, NOW).map(({ id }) => id)).not.toContain("registry-mirror");
  });
});
