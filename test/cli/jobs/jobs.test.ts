import { expect, test } from "@jest/globals";
import { jobImage, registryCredentials } from "../../../src/cli/jobs/job-image.ts";
import { jobOrder } from "../../../src/cli/jobs/job-order.ts";
import { jobVariables, requirePredefined } from "../../../src/cli/jobs/job-variables.ts";
import type { JobDefinition } from "../../../src/model/job.ts";
import { plan as planOf } from "../../../src/model/plan-sandbox.ts";
import { PROJECT_FOLDER } from "../../../src/model/predefined-variables.ts";
import { sandbox } from "../../../src/model/sandbox.ts";

type Jobs = Readonly<Record<string, Partial<JobDefinition>>>;

const planWith = (jobs: Jobs) =>
  planOf(
    sandbox("box", {
      services: {},
      jobs: Object.fromEntries(
        Object.entries(jobs).map(([key, job]) => [key, { image: "alpine:3.19", script: ["true"], ...job }]),
      ),
    }),
  );

const orderOf = (jobs: Jobs, only?: string) => jobOrder(planWith(jobs).jobs, only).map(({ key }) => key);

test("jobs run after those that they need, and else as they are declared", () => {
  expect(orderOf({ c: {}, a: {}, b: {} })).toEqual(["c", "a", "b"]);
  expect(orderOf({ verify: { needs: ["build"] }, other: {}, build: {} })).toEqual([
    "other",
    "build",
    "verify",
  ]);
});

test("one job runs after all that it needs, and after nothing else", () => {
  const jobs = { deploy: { needs: ["verify"] }, verify: { needs: ["build"] }, other: {}, build: {} };
  expect(orderOf(jobs, "deploy")).toEqual(["build", "verify", "deploy"]);
  expect(orderOf(jobs, "build")).toEqual(["build"]);
});

test("each variable of GitLab's that is missing is named, with its job", () => {
  const plan = planWith({
    build: { script: ['push "$CI_REGISTRY" $CI_COMMIT_SHA'] },
    tests: {
      script: ["echo $CI_REGISTRY $CI_COMMIT_TAG ${CI_COMMIT_BRANCH:-}"],
      env: { CI_COMMIT_TAG: "v1" },
    },
  });
  const given = { CI_REGISTRY: "registry.example.com", CI_COMMIT_SHA: "" };
  expect(() => requirePredefined(plan, plan.jobs, given)).not.toThrow();
  expect(() => requirePredefined(plan, plan.jobs, {})).toThrow(
    'box.jobs.build names CI_COMMIT_SHA, CI_REGISTRY; box.jobs.tests names CI_REGISTRY: GitLab sets these, and this environment lacks them; set them, or write "${NAME:-}" for one that may be missing',
  );
});

test("a job gets what its commands name and nothing else of the environment", () => {
  const [job] = planWith({
    build: { script: ["push $CI_REGISTRY ${CI_COMMIT_TAG:-} $CI_DECLARED"], env: { CI_DECLARED: "here" } },
  }).jobs;
  if (!job) throw new Error("no job");
  const environment = { CI_REGISTRY: "r", CI_JOB_TOKEN: "secret", CI_DECLARED: "elsewhere", HOME: "/root" };
  expect(jobVariables(job, environment, new Map())).toEqual({ CI_REGISTRY: "r" });
});

test("what needed jobs hand on wins, as in GitLab; what others have written does not count", () => {
  const plan = planWith({
    build: { variablesFile: "a.env" },
    other: { variablesFile: "a.env" },
    verify: { needs: ["build"], env: { A: "declared" } },
  });
  const handedOn = new Map([
    ["build", { A: "built", IMAGE: "registry.example.com/a@sha256:00" }],
    ["other", { B: "other" }],
  ]);
  const [build, , verify] = plan.jobs;
  if (!build || !verify) throw new Error("no jobs");
  expect(jobVariables(verify, {}, handedOn)).toEqual(handedOn.get("build"));
  expect(jobVariables(build, {}, new Map())).toEqual({ CI_PROJECT_DIR: PROJECT_FOLDER });
});

test("an image is what was handed on under its name", () => {
  const variables = { IMAGE: "registry.example.com/a@sha256:00", EMPTY: "" };
  expect(jobImage("p", "redis:7-alpine", variables)).toBe("redis:7-alpine");
  expect(jobImage("p", "$IMAGE", variables)).toBe(variables.IMAGE);
  expect(jobImage("p", "${IMAGE}", variables)).toBe(variables.IMAGE);
  for (const name of ["EMPTY", "OTHER"]) {
    expect(() => jobImage("box.jobs.verify.image", `$${name}`, variables)).toThrow(
      `box.jobs.verify.image: no job that it needs has handed ${name} on; write ${name}=… into its variablesFile`,
    );
  }
});

test("only the project's own registry gets the project's password", () => {
  const environment = {
    CI_REGISTRY: "registry.example.com",
    CI_REGISTRY_USER: "bot",
    CI_REGISTRY_PASSWORD: "secret",
  };
  expect(registryCredentials("registry.example.com/team/app@sha256:00", environment)).toEqual({
    server: "registry.example.com",
    username: "bot",
    password: "secret",
  });
  expect(registryCredentials("registry.example.com.evil.test/app", environment)).toBeUndefined();
  expect(registryCredentials("redis:7-alpine", environment)).toBeUndefined();
  expect(
    registryCredentials("registry.example.com/a", { CI_REGISTRY: "registry.example.com" }),
  ).toBeUndefined();
});
