import { describe, expect, test } from "@jest/globals";
import { dind } from "../../../src/catalog/dind.ts";
import { postgres } from "../../../src/catalog/postgres.ts";
import { redis } from "../../../src/catalog/redis.ts";
import { serviceStrategy } from "../../../src/gitlab/jobs/strategy.ts";
import { build } from "../../../src/model/build-definition.ts";
import type { JobDefinition } from "../../../src/model/declaration/job.ts";
import { type SandboxDefinition, sandbox } from "../../../src/model/declaration/sandbox.ts";
import { isActive } from "../../../src/model/plan/active.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import type { Runner } from "../../../src/model/runner/runner.ts";

const ENGINE: Runner = { name: "engine", tags: ["docker"] };
const PODS: Runner = { name: "pods", tags: ["pods"], executor: "kubernetes" };
const SANDBOXES: Runner = {
  ...PODS,
  sandboxes: { namespace: "sandboxes", apiServer: ["10.0.0.5/32"] },
};
const JOB = { image: "alpine:3.19", script: ["true"] };

function strategyOf<Connections>(definition: SandboxDefinition<Connections>, runner: Runner = ENGINE) {
  const planned = plan(sandbox("box", definition), { profiles: "all" });
  const job = planned.jobs.find(({ key }) => key === "tests");
  if (!job) throw new RangeError("no job");
  const services = planned.services.filter((service) => isActive(service, job.profiles));
  return serviceStrategy({ plan: planned, job, services }, runner);
}

test("the strategy is services if GitLab can start them", () => {
  expect(strategyOf({ services: { cache: redis() }, jobs: { tests: JOB } })).toBe("services");
});

test("a Docker daemon needs docker-in-docker", () => {
  expect(strategyOf({ services: { docker: dind() }, jobs: { tests: JOB } })).toBe("docker-in-docker");
});

test("an image that is built is built by compose, unless another strategy is chosen", () => {
  const built = { ...JOB, image: build("a") };
  const chosen = (strategy?: "services" | "compose") =>
    strategyOf({ services: {}, jobs: { tests: { ...built, gitlab: { ...(strategy && { strategy }) } } } });
  expect([chosen(), chosen("services"), chosen("compose")]).toEqual(["compose", "services", "compose"]);
  const services: SandboxDefinition<unknown>["services"] = { a: { image: build("a") } };
  expect(strategyOf({ services, jobs: { tests: JOB } })).toBe("compose");
});

describe("a compose file is needed", () => {
  const needs: readonly (readonly [string, SandboxDefinition<unknown>])[] = [
    ["for files in services", { services: { db: postgres() }, jobs: { tests: JOB } }],
    [
      "for a start order",
      {
        services: { a: redis(), b: redis({ after: { a: "ready" } }) },
        jobs: { tests: JOB },
      } as SandboxDefinition<unknown>,
    ],
    [
      "for a service that runs once",
      { services: { a: { image: "a", runsOnce: true } }, jobs: { tests: JOB } },
    ],
    ["for extra hosts", { services: {}, jobs: { tests: { ...JOB, extraHosts: { a: "192.0.2.1" } } } }],
    ["for an internal network", { networks: { n: { internal: true } }, services: {}, jobs: { tests: JOB } }],
    [
      "for two networks",
      {
        networks: { a: {}, b: {} },
        services: { cache: redis({ networks: ["a"] }) },
        jobs: { tests: { ...JOB, networks: ["b"] } },
      },
    ],
    [
      "for a shared volume",
      {
        volumes: ["v"],
        services: { cache: redis({ volumes: { "/data": "v" } }) },
        jobs: { tests: { ...JOB, volumes: { "/data": "v" } } },
      },
    ],
    ["for a reserved variable", { services: {}, jobs: { tests: { ...JOB, env: { CI_JOB_ID: "1" } } } }],
  ];

  test.each(needs)("%s", (_, definition) => {
    expect(strategyOf(definition)).toBe("compose");
    const job = { ...definition.jobs?.tests, gitlab: { strategy: "services" } } as JobDefinition;
    const remedy = 'remove the property, or set gitlab: { strategy: "compose" } for .* "tests"';
    expect(() => strategyOf({ ...definition, jobs: { tests: job } })).toThrow(
      new RegExp(`^box\\..* in GitLab's services; ${remedy}`, "m"),
    );
  });
});

describe("in a cluster", () => {
  const cache = redis();
  const jobs = { tests: JOB };

  test("services and a Docker daemon share the pod of the job", () => {
    expect(strategyOf({ services: { cache }, jobs }, PODS)).toBe("services");
    expect(strategyOf({ services: { cache }, jobs }, SANDBOXES)).toBe("services");
    expect(strategyOf({ services: { docker: dind() }, jobs }, PODS)).toBe("docker-in-docker");
  });

  test("what a pod cannot have needs a sandbox in the cluster, else a compose file", () => {
    const colliding = { services: { one: { ...cache }, two: { ...cache } }, jobs };
    expect(strategyOf(colliding)).toBe("services");
    expect(strategyOf(colliding, PODS)).toBe("compose");
    expect(strategyOf(colliding, SANDBOXES)).toBe("cluster");
  });
});

test("inactive services have no effect", () => {
  const definition = {
    services: { cache: redis(), db: postgres({ profiles: ["db"] }) },
    jobs: { tests: JOB },
  };
  expect(strategyOf(definition)).toBe("services");
});

test("a job may declare its strategy", () => {
  const jobs = { tests: { ...JOB, gitlab: { strategy: "compose" as const } } };
  expect(strategyOf({ services: { cache: redis() }, jobs })).toBe("compose");
});

test("docker-in-docker without a daemon and an unknown strategy are errors", () => {
  const jobs = (strategy: string) =>
    ({ tests: { ...JOB, gitlab: { strategy } } }) as unknown as { tests: typeof JOB };
  expect(() => strategyOf({ services: { cache: redis() }, jobs: jobs("docker-in-docker") })).toThrow(
    "box.jobs.tests.gitlab.strategy: the sandbox has no Docker daemon; " +
      "add a service, for example docker: dind()",
  );
  expect(() => strategyOf({ services: {}, jobs: jobs("kaniko") })).toThrow(
    'box.jobs.tests.gitlab.strategy: "kaniko" is not a strategy; ' +
      "use services, docker-in-docker, compose, cluster",
  );
});
