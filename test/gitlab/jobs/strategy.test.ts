import { describe, expect, test } from "@jest/globals";
import { dind } from "../../../src/catalog/dind.ts";
import { postgres } from "../../../src/catalog/postgres.ts";
import { redis } from "../../../src/catalog/redis.ts";
import { serviceStrategy } from "../../../src/gitlab/jobs/strategy.ts";
import type { JobDefinition } from "../../../src/model/declaration/job.ts";
import { type SandboxDefinition, sandbox } from "../../../src/model/declaration/sandbox.ts";
import { isActive } from "../../../src/model/plan/active.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";

const JOB = { image: "alpine:3.19", script: ["true"] };

function strategyOf<Connections>(definition: SandboxDefinition<Connections>) {
  const planned = plan(sandbox("box", definition), { profiles: "all" });
  const job = planned.jobs.find(({ key }) => key === "tests");
  if (!job) throw new RangeError("no job");
  const services = planned.services.filter((service) => isActive(service, job.profiles));
  return serviceStrategy({ plan: planned, job, services });
}

test("the strategy is services if GitLab can start them", () => {
  expect(strategyOf({ services: { cache: redis() }, jobs: { tests: JOB } })).toBe("services");
});

test("a Docker daemon needs docker-in-docker", () => {
  expect(strategyOf({ services: { docker: dind() }, jobs: { tests: JOB } })).toBe("docker-in-docker");
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
    'box.jobs.tests.gitlab.strategy: "kaniko" is not a strategy; use services, docker-in-docker, compose',
  );
});
