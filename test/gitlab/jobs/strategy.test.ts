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

test("a service that GitLab can start is one of its services", () => {
  expect(strategyOf({ services: { cache: redis() }, jobs: { tests: JOB } })).toBe("services");
});

test("a Docker daemon makes it Docker-in-Docker", () => {
  expect(strategyOf({ services: { docker: dind() }, jobs: { tests: JOB } })).toBe("docker-in-docker");
});

describe("a compose file is needed", () => {
  const needs: readonly (readonly [string, SandboxDefinition<unknown>])[] = [
    ["for files in services", { services: { db: postgres() }, jobs: { tests: JOB } }],
    [
      "for an order",
      {
        services: { a: redis(), b: redis({ after: { a: "ready" } }) },
        jobs: { tests: JOB },
      } as SandboxDefinition<unknown>,
    ],
    ["for what runs once", { services: { a: { image: "a", runsOnce: true } }, jobs: { tests: JOB } }],
    [
      "for names with addresses",
      { services: {}, jobs: { tests: { ...JOB, extraHosts: { a: "192.0.2.1" } } } },
    ],
    [
      "for a network without a way out",
      { networks: { n: { internal: true } }, services: {}, jobs: { tests: JOB } },
    ],
    [
      "for two networks",
      {
        networks: { a: {}, b: {} },
        services: { cache: redis({ networks: ["a"] }) },
        jobs: { tests: { ...JOB, networks: ["b"] } },
      },
    ],
    [
      "for a volume that two share",
      {
        volumes: ["v"],
        services: { cache: redis({ volumes: { "/data": "v" } }) },
        jobs: { tests: { ...JOB, volumes: { "/data": "v" } } },
      },
    ],
    [
      "for a variable that GitLab gives a meaning",
      { services: {}, jobs: { tests: { ...JOB, env: { CI_JOB_ID: "1" } } } },
    ],
  ];

  test.each(needs)("%s", (_, definition) => {
    expect(strategyOf(definition)).toBe("compose");
    const job = { ...definition.jobs?.tests, gitlab: { strategy: "services" } } as JobDefinition;
    expect(() => strategyOf({ ...definition, jobs: { tests: job } })).toThrow(
      /^box\..* in GitLab's services; drop it, or give the job "tests" the strategy: gitlab: { strategy: "compose" }/m,
    );
  });
});

test("what is not active needs nothing", () => {
  const definition = {
    services: { cache: redis(), db: postgres({ profiles: ["db"] }) },
    jobs: { tests: JOB },
  };
  expect(strategyOf(definition)).toBe("services");
});

test("a job may name its strategy", () => {
  const jobs = { tests: { ...JOB, gitlab: { strategy: "compose" as const } } };
  expect(strategyOf({ services: { cache: redis() }, jobs })).toBe("compose");
});

test("Docker-in-Docker without a daemon, and an unknown strategy, are errors", () => {
  const jobs = (strategy: string) =>
    ({ tests: { ...JOB, gitlab: { strategy } } }) as unknown as { tests: typeof JOB };
  expect(() => strategyOf({ services: { cache: redis() }, jobs: jobs("docker-in-docker") })).toThrow(
    "box.jobs.tests.gitlab.strategy: no service of the sandbox is a Docker daemon; add one, for example docker: dind()",
  );
  expect(() => strategyOf({ services: {}, jobs: jobs("kaniko") })).toThrow(
    'box.jobs.tests.gitlab.strategy: "kaniko" is no strategy for services; use services, docker-in-docker, compose',
  );
});
