import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { dind } from "../../src/catalog/dind.ts";
import { redis } from "../../src/catalog/redis.ts";
import { composeFile } from "../../src/compose/compose-file.ts";
import { build } from "../../src/model/build-definition.ts";
import { type SandboxDefinition, sandbox } from "../../src/model/declaration/sandbox.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { imageHealthcheck, log } from "../../src/model/probe.ts";
import { secret, text } from "../../src/model/text.ts";
import { toYaml } from "../../src/text/yaml.ts";

interface ComposeFile {
  readonly services: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly [section: string]: unknown;
}

function composeOf<Connections>(definition: SandboxDefinition<Connections>, withMtu = false): ComposeFile {
  const planned = plan(sandbox("box", definition), { profiles: "all" });
  return parse(toYaml(composeFile(planned, { project: "..", withMtu })));
}

test("a service waits for its dependencies, and a job for its active services", () => {
  const { services } = composeOf({
    services: {
      cache: redis({ profiles: ["p"] }),
      migration: { image: "a", runsOnce: true, profiles: ["p"] },
      logger: { image: "a", ports: [80], probe: log(/up/, { within: "5s" }), profiles: ["p"] },
      silent: { image: "a", probe: log(/up/) },
      own: { image: "a", probe: imageHealthcheck() },
      plain: { image: "a" },
      other: { image: "a", profiles: ["q"], after: { plain: "ready" } },
    },
    jobs: { tests: { image: "a", script: ["true"], profiles: ["p"] } },
  });
  expect(services.other?.depends_on).toEqual({ plain: { condition: "service_started" } });
  expect(services.tests).toMatchObject({
    profiles: ["job-tests"],
    depends_on: {
      cache: { condition: "service_healthy" },
      migration: { condition: "service_completed_successfully" },
      logger: { condition: "service_healthy" },
      silent: { condition: "service_started" },
      own: { condition: "service_healthy" },
      plain: { condition: "service_started" },
    },
  });
  expect(services.tests?.depends_on).not.toHaveProperty("other");
  expect(services.logger?.healthcheck).toMatchObject({ start_period: "5s" });
  expect(services.own).not.toHaveProperty("healthcheck");
});

test("all properties of a service are in its entry", () => {
  const { services, volumes, networks } = composeOf({
    networks: { out: {}, in: { internal: true } },
    volumes: ["data"],
    services: {
      box: {
        image: "a",
        networks: ["in", "out"],
        alias: ["one", "two"],
        command: ["$a"],
        entrypoint: ["b"],
        env: { A: "$HOME $$" },
        ports: [80, 81],
        publish: { 80: 8080 },
        privileged: true,
        volumes: { "/data": "data" },
        tmpfs: { "/tmp": "1MiB" },
        limits: { memory: "64MiB", cpus: 1.5 },
        extraHosts: { "api.example.com": "192.0.2.1" },
        user: "1000",
        stop: { signal: "SIGINT", grace: "90s" },
        profiles: ["p"],
      },
    },
  });
  expect(services.box).toMatchObject({
    image: "a",
    profiles: ["p"],
    entrypoint: ["b"],
    command: ["$$a"],
    environment: { A: "$$HOME $$$$" },
    user: "1000",
    privileged: true,
    volumes: [
      { type: "volume", source: "data", target: "/data" },
      { type: "tmpfs", target: "/tmp", tmpfs: { size: 1048576 } },
    ],
    mem_limit: 67108864,
    memswap_limit: 67108864,
    cpus: 1.5,
    extra_hosts: ["api.example.com:192.0.2.1"],
    networks: { out: { aliases: ["one", "two"] }, in: { aliases: ["one", "two"] } },
    ports: ["127.0.0.1::80"],
    stop_signal: "SIGINT",
    stop_grace_period: "1m30s",
    labels: { "nestbox.sandbox": "box", "nestbox.kind": "service", "nestbox.part": "box" },
  });
  expect(networks).toMatchObject({
    in: { internal: true, driver_opts: { "com.docker.network.bridge.inhibit_ipv4": "true" } },
  });
  expect(volumes).toMatchObject({ data: {} });
});

test("container names, subnets and host ports are not fixed", () => {
  const file = composeOf({
    services: { docker: dind({ publish: true }) },
    jobs: { tests: { image: "a", script: ["true"] } },
  });
  expect(JSON.stringify(file)).not.toMatch(/container_name|subnet|ipam|"published"|127\.0\.0\.1:\d/);
});

describe("a secret", () => {
  const { services, secrets, configs } = composeOf({
    services: {
      cache: {
        image: "a",
        env: { URL: text`redis://:${secret("p")}@h/$` },
        files: {
          "/run/a": { content: secret("p") },
          "/run/b": { content: text`x=${secret("p")}` },
          "/run/c": { path: "conf/$c" },
        },
      },
    },
  });

  test("is a required variable of the environment", () => {
    expect(services.cache?.environment).toEqual({
      URL: "redis://:${NESTBOX_SECRET_P:?holds the secret p}@h/$$",
    });
  });

  test("is a Compose secret as a whole file, and part of a config otherwise", () => {
    expect(secrets).toEqual({ p: { environment: "NESTBOX_SECRET_P" } });
    expect(services.cache?.secrets).toEqual([{ source: "p", target: "/run/a" }]);
    expect(configs).toEqual({ "cache-1": { content: "x=${NESTBOX_SECRET_P:?holds the secret p}" } });
    expect(services.cache?.configs).toEqual([{ source: "cache-1", target: "/run/b" }]);
  });

  test("does not affect project files, which are read-only bind mounts", () => {
    expect(services.cache?.volumes).toEqual([
      {
        type: "bind",
        source: "../conf/$$c",
        target: "/run/c",
        read_only: true,
        bind: { create_host_path: false },
      },
    ]);
  });
});

test("the MTU of networks comes from a variable if a runner declares an MTU", () => {
  const { networks } = composeOf({ services: { cache: redis() } }, true);
  expect(networks).toMatchObject({
    default: { driver_opts: { "com.docker.network.driver.mtu": "${NESTBOX_MTU:-1500}" } },
  });
});

describe("a job with user namespaces", () => {
  const job = { image: "a", script: ["true"] };

  test("is the only one with a seccomp profile", () => {
    const { services } = composeOf({
      services: { cache: redis() },
      jobs: { build: { ...job, userNamespaces: true }, tests: job },
    });
    expect(services.build?.security_opt).toEqual(["seccomp=user-namespaces.json", "apparmor=unconfined"]);
    for (const service of [services.tests, services.cache])
      expect(service?.security_opt).toEqual(["no-new-privileges:true"]);
  });
});

test("GitLab's variables and an image from another job come from the environment", () => {
  const { services } = composeOf({
    services: {},
    jobs: {
      build: { image: "a", script: ["push $CI_REGISTRY ${CI_COMMIT_TAG:-}"], variablesFile: "a.env" },
      verify: { image: "$BUILT_IMAGE", needs: ["build"], script: ["true"] },
    },
  });
  expect(services.build).toMatchObject({
    environment: {
      CI_REGISTRY: "${CI_REGISTRY:-}",
      CI_COMMIT_TAG: "${CI_COMMIT_TAG:-}",
      CI_PROJECT_DIR: "/run/nestbox/project",
    },
    volumes: [{ type: "tmpfs", target: "/run/nestbox/project", tmpfs: { size: 64 * 1024 ** 2 } }],
  });
  expect(services.verify?.image).toBe("${BUILT_IMAGE:-built-image-is-not-set}");
  expect(services.verify).not.toHaveProperty("environment");
});

test("Compose builds what is built, and builds it anew after a change", () => {
  const whole = {
    ...{ context: "api", dockerfile: "deploy/Dockerfile", target: "tests", args: { PRICE: "1$" } },
    ...{ secrets: { npm: secret("npm-token") }, platform: "linux/arm64", cacheFrom: ["a:main"] },
  };
  const { services, secrets } = composeOf({
    services: { api: { image: build("./api") } },
    jobs: { tests: { image: build(whole), script: ["true"] } },
  });
  expect(services.api).toMatchObject({ build: { context: "../api" }, pull_policy: "build" });
  expect(services.api).not.toHaveProperty("image");
  expect(services.tests?.build).toEqual({
    ...{ context: "../api", dockerfile: "deploy/Dockerfile", target: "tests", args: { PRICE: "1$$" } },
    ...{ secrets: [{ source: "npm-token", target: "npm" }], platforms: ["linux/arm64"] },
    cache_from: ["a:main"],
  });
  expect(secrets).toEqual({ "npm-token": { environment: "NESTBOX_SECRET_NPM_TOKEN" } });
});

test("a mounted folder is writable, a copied file is not", () => {
  const files = { "/srv": { path: "site", mount: "read-write" }, "/conf": { path: "conf" } } as const;
  const { services } = composeOf({ services: { web: { image: "a", files } } });
  expect(services.web?.volumes).toEqual([
    { type: "bind", source: "../site", target: "/srv", bind: { create_host_path: false } },
    expect.objectContaining({ type: "bind", source: "../conf", target: "/conf", read_only: true }),
  ]);
});
