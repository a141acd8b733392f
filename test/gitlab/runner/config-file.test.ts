import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parse } from "smol-toml";
import runners from "../../../sandboxes/runners.ts";
import { concurrentJobs, configFile, tokenVariable } from "../../../src/gitlab/runner/config-file.ts";
import { securityOptions } from "../../../src/model/plan/seccomp-profile.ts";
import type { CommonSettings, DockerExecutor, Runner } from "../../../src/model/runner/runner.ts";
import { ANY_CHARACTER } from "../../any-character.ts";

const PLAIN: Runner = { name: "plain", tags: ["docker"] };
const FULL: Required<CommonSettings & DockerExecutor> = {
  name: "docker-in-docker",
  tags: ["docker-in-docker"],
  privilegedServices: ["docker:*-dind"],
  userNamespaces: true,
  sharedFolders: ["/certs/client"],
  mtu: 1400,
  registryMirror: "http://mirror.example.com:5000",
  limit: 8,
  image: "docker:29-cli",
  jobLimits: { memory: "2GiB", cpus: 1.5 },
  serviceLimits: { memory: "512MiB", cpus: 1 },
  pullPolicy: ["if-not-present"],
  helperImage: "registry.example.com/gitlab-runner-helper:x86_64-v19.3.0",
  dependencyCache: true,
  runUntagged: false,
  protectedOnly: false,
  locked: true,
  longestJob: "2h",
};

/** The keys of the written sections, from GitLab's pages on advanced configuration and on feature flags. */
const DOCUMENTED = {
  global: [
    ...["concurrent", "log_level", "log_format", "check_interval", "sentry_dsn", "listen_address"],
    ...["connection_max_age", "shutdown_timeout", "runners"],
  ],
  runner: [
    ...["name", "url", "token", "tls-ca-file", "tls-cert-file", "tls-key-file", "limit", "executor", "shell"],
    ...["builds_dir", "cache_dir", "environment", "request_concurrency", "output_limit", "clone_url"],
    ...["unhealthy_requests_limit", "unhealthy_interval", "feature_flags", "docker"],
  ],
  docker: [
    ...["allowed_images", "allowed_pull_policies", "allowed_services", "allowed_privileged_images"],
    ...[
      "allowed_privileged_services",
      "cap_add",
      "cap_drop",
      "cpus",
      "disable_cache",
      "helper_image",
      "image",
    ],
    ...[
      "memory",
      "network_mode",
      "network_mtu",
      "privileged",
      "services_privileged",
      "pull_policy",
      "runtime",
    ],
    ...[
      "security_opt",
      "service_cpus",
      "service_memory",
      "services_limit",
      "volumes",
      "wait_for_services_timeout",
    ],
  ],
  feature_flags: ["FF_NETWORK_PER_BUILD", "FF_DISABLE_AUTOMATIC_TOKEN_ROTATION"],
} as const;

interface Parsed {
  readonly runners: readonly {
    readonly docker: Readonly<Record<string, unknown>>;
    readonly feature_flags: Readonly<Record<string, unknown>>;
    readonly [key: string]: unknown;
  }[];
  readonly [key: string]: unknown;
}

const parsed = (...args: Parameters<typeof configFile>) => parse(configFile(...args)) as unknown as Parsed;

test("a runner with every option", () => {
  expect(parsed([FULL], { metricsAddress: "127.0.0.1:9252" })).toEqual({
    concurrent: 8,
    listen_address: "127.0.0.1:9252",
    runners: [
      {
        name: "docker-in-docker",
        url: "$NESTBOX_GITLAB_URL",
        token: "$NESTBOX_RUNNER_TOKEN_DOCKER_IN_DOCKER",
        executor: "docker",
        limit: 8,
        request_concurrency: 4,
        environment: ["PIP_CACHE_DIR=/cache/pip", "npm_config_cache=/cache/npm"],
        feature_flags: { FF_NETWORK_PER_BUILD: true, FF_DISABLE_AUTOMATIC_TOKEN_ROTATION: true },
        docker: {
          image: "docker:29-cli",
          privileged: false,
          security_opt: [...securityOptions()],
          services_privileged: true,
          allowed_privileged_services: ["docker:*-dind"],
          volumes: ["/cache", "/certs/client"],
          pull_policy: ["if-not-present"],
          helper_image: "registry.example.com/gitlab-runner-helper:x86_64-v19.3.0",
          network_mtu: 1400,
          memory: "2g",
          cpus: "1.5",
          service_memory: "512m",
          service_cpus: "1",
        },
      },
    ],
  });
});

test("every key is documented", () => {
  const process = { metricsAddress: "127.0.0.1:9252", gitlabCaFile: "/etc/gitlab-runner/ca.pem" };
  const { runners: sections, ...global } = parsed([FULL, PLAIN], process);
  expect(sections.map((section) => section["tls-ca-file"])).toEqual([
    process.gitlabCaFile,
    process.gitlabCaFile,
  ]);
  const unknownKeys = (keys: object, known: readonly string[]) =>
    Object.keys(keys).filter((key) => !known.includes(key));
  expect(unknownKeys(global, DOCUMENTED.global)).toEqual([]);
  for (const section of sections) {
    expect(unknownKeys(section, DOCUMENTED.runner)).toEqual([]);
    expect(unknownKeys(section.docker, DOCUMENTED.docker)).toEqual([]);
    expect(unknownKeys(section.feature_flags, DOCUMENTED.feature_flags)).toEqual([]);
  }
});

describe("every runner", () => {
  test("has unprivileged jobs, each with its own network", () => {
    for (const { docker, feature_flags } of parsed([PLAIN, FULL, ...runners]).runners) {
      expect(docker.privileged).toBe(false);
      expect(docker).not.toHaveProperty("network_mode");
      expect(feature_flags.FF_NETWORK_PER_BUILD).toBe(true);
    }
  });

  test("has the engine's default security options, unless its jobs may create user namespaces", () => {
    const sections = parsed([PLAIN, { ...FULL, userNamespaces: false }, ...runners]).runners;
    const withOptions = sections.filter(({ docker }) => "security_opt" in docker).map(({ name }) => name);
    expect(withOptions).toEqual(["image-builds"]);
    for (const { docker } of sections) expect(docker).not.toHaveProperty("services_security_opt");
  });

  test("without privileged images allows none, not all", () => {
    const [section] = parsed([{ ...PLAIN, privilegedServices: [] }]).runners;
    expect(section?.docker.services_privileged).toBe(false);
    expect(section?.docker).not.toHaveProperty("allowed_privileged_services");
  });
});

test("values are escaped in TOML", () => {
  fc.assert(
    fc.property(fc.string({ unit: ANY_CHARACTER }), fc.string({ unit: "grapheme" }), (image, helperImage) => {
      const written = image.replace(/[\uD800-\uDFFF]/gu, "");
      const [section] = parsed([{ ...PLAIN, image: written, helperImage }]).runners;
      expect(section?.docker).toMatchObject({ image: written, helper_image: helperImage });
    }),
  );
  const evil = 'a"\n[[runners]]\nprivileged = true # \\';
  expect(parsed([{ ...PLAIN, image: evil }]).runners).toHaveLength(1);
});

test("concurrent is the sum of the limits", () => {
  expect(concurrentJobs([PLAIN, FULL])).toBe(12);
  expect(parsed([PLAIN, FULL])).toMatchObject({ concurrent: 12, runners: [{ limit: 4 }, { limit: 8 }] });
  expect(parsed([{ ...PLAIN, limit: 1 }]).runners[0]).toMatchObject({ limit: 1, request_concurrency: 1 });
});

test("each runner has its own variable for its token", () => {
  expect(tokenVariable("docker-in-docker")).toBe("NESTBOX_RUNNER_TOKEN_DOCKER_IN_DOCKER");
});

test("without a dependency cache jobs get no variables", () => {
  expect(parsed([{ ...PLAIN, dependencyCache: false }]).runners[0]).not.toHaveProperty("environment");
});

test("only jobs with Docker daemons get the daemon.json of a mirror", () => {
  const sections = parsed([PLAIN, FULL], { daemonConfig: "/volumes/config/daemon.json" }).runners;
  expect(sections.map(({ docker }) => docker.volumes)).toEqual([
    ["/cache"],
    ["/cache", "/certs/client", "/volumes/config/daemon.json:/etc/docker/daemon.json:ro"],
  ]);
});
