import { describe, expect, test } from "@jest/globals";
import { dind } from "../../../src/catalog/dind.ts";
import { postgres } from "../../../src/catalog/postgres.ts";
import { redis } from "../../../src/catalog/redis.ts";
import { servicesWay } from "../../../src/gitlab/jobs/way.ts";
import type { JobDefinition } from "../../../src/model/job.ts";
import { type SandboxDefinition, sandbox } from "../../../src/model/sandbox.ts";

const JOB = { image: "alpine:3.19", script: ["true"] };

function wayOf<Connections>(definition: SandboxDefinition<Connections>, active?: readonly string[]) {
  const declared = sandbox("box", definition);
  const services = Object.entries(declared.services).filter(([key]) => active?.includes(key) ?? true);
  const job = declared.jobs.tests;
  if (!job) throw new RangeError("no job");
  return servicesWay(declared, "tests", job, services);
}

test("a service that GitLab can start is one of its services", () => {
  expect(wayOf({ services: { cache: redis() }, jobs: { tests: JOB } })).toBe("services");
});

test("a Docker daemon makes it Docker-in-Docker", () => {
  expect(wayOf({ services: { docker: dind() }, jobs: { tests: JOB } })).toBe("docker-in-docker");
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
    expect(wayOf(definition)).toBe("compose");
    const job = { ...definition.jobs?.tests, gitlab: { way: "services" } } as JobDefinition;
    expect(() => wayOf({ ...definition, jobs: { tests: job } })).toThrow(
      /^box\..* in GitLab's services; drop it, or let the job "tests" say way: "compose"/m,
    );
  });
});

test("what is not active needs nothing", () => {
  const definition = {
    services: { cache: redis(), db: postgres({ profiles: ["db"] }) },
    jobs: { tests: JOB },
  };
  expect(wayOf(definition, ["cache"])).toBe("services");
});

test("a job may say its way", () => {
  const jobs = { tests: { ...JOB, gitlab: { way: "compose" as const } } };
  expect(wayOf({ services: { cache: redis() }, jobs })).toBe("compose");
});

test("Docker-in-Docker without a daemon, and a way that is none, are errors", () => {
  const jobs = (way: string) => ({ tests: { ...JOB, gitlab: { way } } }) as unknown as { tests: typeof JOB };
  expect(() => wayOf({ services: { cache: redis() }, jobs: jobs("docker-in-docker") })).toThrow(
    "box.jobs.tests.gitlab.way: no service of the sandbox is a Docker daemon; add one, for example docker: dind()",
  );
  expect(() => wayOf({ services: {}, jobs: jobs("kaniko") })).toThrow(
    'box.jobs.tests.gitlab.way: "kaniko" is no way to get services; use services, docker-in-docker, compose',
  );
});
