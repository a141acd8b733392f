import { expect, test } from "@jest/globals";
import type { JobDefinition } from "../../../src/model/declaration/job.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { plan as planOf } from "../../../src/model/plan/plan-sandbox.ts";
import { PROJECT_FOLDER } from "../../../src/model/plan/predefined-variables.ts";
import { jobOrder } from "../../../src/sandbox/jobs/job-order.ts";
import { jobImage, jobVariables, requirePredefined } from "../../../src/sandbox/jobs/job-variables.ts";

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

test("jobs run after the jobs that they need, otherwise in declaration order", () => {
  expect(orderOf({ c: {}, a: {}, b: {} })).toEqual(["c", "a", "b"]);
  expect(orderOf({ verify: { needs: ["build"] }, other: {}, build: {} })).toEqual([
    "other",
    "build",
    "verify",
  ]);
});

test("one job runs after the jobs that it needs, without others", () => {
  const jobs = { deploy: { needs: ["verify"] }, verify: { needs: ["build"] }, other: {}, build: {} };
  expect(orderOf(jobs, "deploy")).toEqual(["build", "verify", "deploy"]);
  expect(orderOf(jobs, "build")).toEqual(["build"]);
});

test("a missing predefined variable of GitLab is an error naming its job", () => {
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
    "box.jobs.build uses CI_COMMIT_SHA, CI_REGISTRY; box.jobs.tests uses CI_REGISTRY: " +
      "GitLab sets these variables, this environment does not; " +
      'set them, or write "${NAME:-}" where one may be missing',
  );
});

test("a job gets only the predefined variables in its commands from the environment", () => {
  const [job] = planWith({
    build: { script: ["push $CI_REGISTRY ${CI_COMMIT_TAG:-} $CI_DECLARED"], env: { CI_DECLARED: "here" } },
  }).jobs;
  if (!job) throw new Error("no job");
  const environment = { CI_REGISTRY: "r", CI_JOB_TOKEN: "secret", CI_DECLARED: "elsewhere", HOME: "/root" };
  expect(jobVariables(job, environment, new Map())).toEqual({ CI_REGISTRY: "r" });
});

test("variables of needed jobs override others, as in GitLab; variables of other jobs are ignored", () => {
  const plan = planWith({
    build: { variablesFile: "a.env" },
    other: { variablesFile: "a.env" },
    verify: { needs: ["build"], env: { A: "declared" } },
  });
  const passed = new Map([
    ["build", { A: "built", IMAGE: "registry.example.com/a@sha256:00" }],
    ["other", { B: "other" }],
  ]);
  const [build, , verify] = plan.jobs;
  if (!build || !verify) throw new Error("no jobs");
  expect(jobVariables(verify, {}, passed)).toEqual(passed.get("build"));
  expect(jobVariables(build, {}, new Map())).toEqual({ CI_PROJECT_DIR: PROJECT_FOLDER });
});

test("an image variable takes the value from a needed job", () => {
  const variables = { IMAGE: "registry.example.com/a@sha256:00", EMPTY: "" };
  expect(jobImage("p", "redis:7-alpine", variables)).toBe("redis:7-alpine");
  expect(jobImage("p", "$IMAGE", variables)).toBe(variables.IMAGE);
  expect(jobImage("p", "${IMAGE}", variables)).toBe(variables.IMAGE);
  for (const name of ["EMPTY", "OTHER"]) {
    expect(() => jobImage("box.jobs.verify.image", `$${name}`, variables)).toThrow(
      `box.jobs.verify.image: no needed job has set ${name}; ` +
        `write ${name}=… to the variablesFile of a job in needs`,
    );
  }
});
