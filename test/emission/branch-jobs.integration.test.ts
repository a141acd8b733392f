import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type Docker from "dockerode";
import { LABEL } from "../../src/model/labels.ts";
import { ownedBy, serviceContainer } from "../e2e/engine-view.ts";
import { BRANCH, type BranchPipeline, branchPipeline, OF_BRANCH } from "./branch-pipeline.ts";
import { jobsOf, type PipelineEnd } from "./gitlab-ci-local.ts";

let pipeline: BranchPipeline;

beforeAll(async () => {
  pipeline = await branchPipeline();
}, 600_000);

afterAll(() => pipeline?.remove());

describe("in the pipeline of a branch", () => {
  let end: PipelineEnd;
  let service: Docker.ContainerInspectInfo;

  beforeAll(async () => {
    pipeline.checkOutBranch();
    end = await pipeline.run("branch:run:snake", { branch: BRANCH });
    service = await serviceContainer(pipeline.owner, "cache");
  }, 300_000);

  test("the up job brings the branch's stack up", () => {
    expect(end.stdout + end.stderr).toContain("json schema validated");
    expect([end.verdictOn("branch:up"), end.outputOf("branch:up")]).toEqual([
      "PASS",
      expect.stringMatching(/stack feat-per-branch-\w{6} .* created/),
    ]);
    expect(service.State.Running).toBe(true);
    expect(service.Config.Labels).toMatchObject({ [LABEL.branch]: BRANCH, [LABEL.timeToLive]: "8h" });
  });

  test("the run job tests against it", () => {
    expect(end.outputOf("branch:run:snake")).toMatch(/\d+ passed/);
    expect(end.verdictOn("branch:run:snake")).toBe("PASS");
  });

  test("the stop job removes the stack of a deleted branch without a checkout", async () => {
    pipeline.deleteBranch();
    const stop = await pipeline.run("branch:down", { variables: OF_BRANCH });
    expect([stop.verdictOn("branch:down"), stop.outputOf("branch:down")]).toEqual([
      "PASS",
      expect.stringMatching(/stack feat-per-branch-\w{6} .* removed/),
    ]);
    expect(await ownedBy(pipeline.owner)).toEqual([]);
  }, 120_000);
});

test.each([
  ["branch:down", OF_BRANCH, "WARN 2"],
  ["branch:clean-up", { CI_PIPELINE_SOURCE: "schedule" }, "FAIL 2"],
])(
  "%s without a backend fails with an error and its remedy",
  async (name, given, verdict) => {
    const end = await pipeline.run(name, { variables: { ...given, PULUMI_BACKEND_URL: "" } });
    expect(end.verdictOn(name)).toBe(verdict);
    expect(end.outputOf(name)).toMatch(
      /^error PULUMI_BACKEND_URL: is not set, .*set it to a backend that all jobs of the project reach/m,
    );
  },
  60_000,
);

test.each([
  ["a branch", { branch: BRANCH }, ["branch:up", "branch:run:snake", "branch:down"]],
  ["the default branch", { branch: "main" }, []],
  ["a protected branch", { branch: BRANCH, variables: { CI_COMMIT_REF_PROTECTED: "true" } }, []],
  ["a tag", { branch: BRANCH, variables: { CI_COMMIT_BRANCH: "", CI_COMMIT_TAG: "v1" } }, []],
  ["a schedule", { branch: "main", variables: { CI_PIPELINE_SOURCE: "schedule" } }, ["branch:clean-up"]],
  [
    "a branch's schedule",
    { branch: BRANCH, variables: { CI_PIPELINE_SOURCE: "schedule" } },
    ["branch:clean-up"],
  ],
])("the pipeline of %s has its jobs", async (_, options, wanted) => {
  const ofBranches = (await jobsOf(pipeline.project, options)).filter((name) => name.startsWith("branch:"));
  expect(ofBranches).toEqual(wanted);
});
