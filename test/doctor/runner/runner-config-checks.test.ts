import { describe, expect, test } from "@jest/globals";
import { parse, stringify } from "smol-toml";
import { checkRunnerConfig } from "../../../src/doctor/runner/runner-config-checks.ts";
import { configFile } from "../../../src/gitlab/runner/config-file.ts";
import type { Runner } from "../../../src/model/runner/runner.ts";

/** A config.toml as teams have it: made by `gitlab-runner register`, then changed by hand. */
const BY_HAND = `
concurrent = 4
check_interval = 0
shutdown_timeout = 0

[session_server]
  session_timeout = 1800

[[runners]]
  name = "shared"
  url = "https://gitlab.example.com"
  id = 41
  token = "glrt-in-plain-text"
  token_obtained_at = 2026-01-05T09:12:44Z
  executor = "docker"
  [runners.cache]
    MaxUploadedArchiveSize = 0
  [runners.feature_flags]
    FF_NETWORK_PER_BUILD = true
  [runners.docker]
    tls_verify = false
    image = "docker:27"
    privileged = true
    network_mode = "bridge"
    volumes = ["/cache", "/var/run/docker.sock:/var/run/docker.sock"]
`;

const OURS: readonly Runner[] = [
  { name: "containers", tags: ["docker"] },
  {
    ...{ name: "dind", tags: ["dind"], limit: 1, mtu: 1400 },
    ...{ privilegedServices: ["docker:dind", "docker:*-dind"], sharedFolders: ["/certs/client"] },
  },
];

interface Config {
  concurrent: number;
  runners: { docker: Record<string, unknown>; feature_flags?: object; [key: string]: unknown }[];
}

/** The checks of our own configuration that are not good after a change. */
function found(change: (config: Config, runner: Config["runners"][number]) => void, uplinkMtu?: number) {
  const config = parse(configFile(OURS)) as unknown as Config;
  const runner = config.runners[1];
  if (!runner) throw new Error("no runner");
  change(config, runner);
  return checkRunnerConfig(stringify(config), uplinkMtu)
    .filter(({ state }) => state !== "good")
    .map(({ id, state, finding, remedy }) => {
      expect(remedy === undefined).toBe(state === "unknown");
      return `${id} ${state}: ${finding}`;
    });
}

test("our own configuration has no problems", () => {
  expect(checkRunnerConfig(configFile(OURS)).map(({ id, state, finding }) => [id, state, finding])).toEqual([
    ["config-runner", "good", expect.stringMatching(/^containers: no setting/)],
    ["config-runner", "good", expect.stringMatching(/^dind: no setting/)],
  ]);
});

test("a configuration by hand: all problems are reported at once, without its token", () => {
  const checks = checkRunnerConfig(BY_HAND, 1400);
  expect(checks.map(({ id, state }) => `${id} ${state}`)).toEqual([
    ...["config-network-mode problem", "config-privileged problem", "config-privileged-services problem"],
    ...["config-host-socket problem", "config-certificates warning", "config-requests warning"],
    ...["config-token warning", "config-mtu problem"],
  ]);
  expect(JSON.stringify(checks)).not.toContain("glrt-in");
});

describe("one thing at a time", () => {
  type Case = [string, (config: Config, runner: Config["runners"][number]) => void, RegExp];

  test.each<Case>([
    [
      "network_mode beside the flag",
      (_, runner) => {
        runner.docker.network_mode = "host";
      },
      /^config-network-mode problem: .*\.dind\.docker\.network_mode silently turns FF_NETWORK_PER_BUILD off/,
    ],
    [
      "network_mode without the flag",
      (_, runner) => {
        runner.docker.network_mode = "bridge";
        delete runner.feature_flags;
      },
      /^config-network-mode problem: runners\.dind\.docker\.network_mode is set/,
    ],
    [
      "no network for each job",
      (_, runner) => {
        runner.feature_flags = { FF_NETWORK_PER_BUILD: false };
      },
      /^config-network-per-build warning: runners\.dind\.feature_flags lacks/,
    ],
    [
      "privileged jobs",
      (_, runner) => {
        runner.docker.privileged = true;
      },
      /^config-privileged problem: .* each job is root/,
    ],
    [
      "privileged jobs of some images",
      (_, runner) => {
        runner.docker.privileged = true;
        runner.docker.allowed_privileged_images = ["docker:*"];
      },
      /^config-privileged warning: .* jobs of some images are root/,
    ],
    ...["security_opt", "services_security_opt"].map(
      (key): Case => [
        `no seccomp profile by ${key}`,
        (_, runner) => {
          runner.docker[key] = ["apparmor=unconfined", "seccomp=unconfined"];
        },
        new RegExp(`^config-seccomp warning: runners\\.dind\\.docker\\.${key} has seccomp=unconfined`),
      ],
    ),
    [
      "privileged services of every image",
      (_, runner) => {
        runner.docker.allowed_privileged_services = [];
      },
      /^config-privileged-services problem: .* is empty, which allows every image/,
    ],
    ...["*", "**", "**/*", "*/*", "**:*", "*:*"].map(
      (pattern): [string, (config: Config, runner: Config["runners"][number]) => void, RegExp] => [
        `privileged services of every image, as ${pattern}`,
        (_, runner) => {
          runner.docker.allowed_privileged_services = ["docker:dind", pattern];
        },
        /^config-privileged-services problem: .* has "[*/:]+", which allows every image/,
      ],
    ),
    [
      "the host's socket",
      (_, runner) => {
        runner.docker.volumes = ["/certs/client", "/run/docker.sock:/var/run/docker.sock:ro"];
      },
      /^config-host-socket problem/,
    ],
    [
      "the host's disk",
      (_, runner) => {
        runner.docker.volumes = ["/certs/client", "/:/host"];
      },
      /^config-host-socket problem/,
    ],
    [
      "no folder for certificates",
      (_, runner) => {
        runner.docker.volumes = ["/cache"];
      },
      /^config-certificates warning/,
    ],
    [
      "one request at a time for several jobs",
      (_, runner) => {
        runner.limit = 4;
        delete runner.request_concurrency;
      },
      /^config-requests warning/,
    ],
    [
      "a token in plain text",
      (_, runner) => {
        runner.token = "glrt-x";
      },
      /^config-token warning: runners\.dind\.token/,
    ],
    [
      "fewer concurrent jobs than the limit of one runner",
      (config) => {
        config.concurrent = 2;
      },
      /^config-concurrent warning: concurrent is 2, .* 4$/,
    ],
    [
      "another executor",
      (_, runner) => {
        runner.executor = "shell";
      },
      /^config-executor unknown: dind: only the Docker executor/,
    ],
  ])("%s", (_, change, expected) => {
    expect(found(change)).toEqual([expect.stringMatching(expected)]);
  });

  test.each<[string, (config: Config, runner: Config["runners"][number]) => void]>([
    [
      "no certificates, as TLS is off for all jobs",
      (_, runner) => {
        runner.docker.volumes = ["/cache"];
        runner.environment = ["DOCKER_TLS_CERTDIR="];
      },
    ],
    [
      "certificates in a folder of the host",
      (_, runner) => {
        runner.docker.volumes = ["/srv/certs:/certs/client:rw"];
      },
    ],
    [
      "a pattern that allows some images",
      (_, runner) => {
        runner.docker.allowed_privileged_services = ["docker:*", "registry.example.com/**"];
      },
    ],
    [
      "an empty network_mode",
      (_, runner) => {
        runner.docker.network_mode = "";
      },
    ],
    [
      "a token from a variable in braces",
      (_, runner) => {
        runner.token = "${RUNNER_TOKEN}";
      },
    ],
    [
      "one request at a time for one job",
      (_, runner) => {
        runner.request_concurrency = 1;
      },
    ],
  ])("%s is fine", (_, change) => {
    expect(found(change)).toEqual([]);
  });
});

test("an MTU above the uplink is a problem, configured or by default", () => {
  const nothing = () => {};
  expect(found(nothing, 1500)).toEqual([]);
  expect(found(nothing, 1400)).toEqual([
    expect.stringMatching(
      /^config-mtu problem: .*\.containers\.docker\.network_mtu is not set, which is 1500, above .* 1400/,
    ),
  ]);
  expect(found(nothing, 1300)).toEqual([
    expect.stringMatching(/runners\.containers\.docker/),
    expect.stringMatching(/^config-mtu problem: runners\.dind\.docker\.network_mtu is 1400, above .* 1300/),
  ]);
});

test("a broken file, and one without runners", () => {
  expect(checkRunnerConfig("concurrent = \n")).toMatchObject([
    { id: "config-syntax", state: "problem", finding: expect.stringMatching(/^broken at line 1, column /) },
  ]);
  expect(checkRunnerConfig("concurrent = 4\n")).toMatchObject([{ id: "config-runners", state: "problem" }]);
});
