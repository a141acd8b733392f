import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import snake from "../../sandboxes/snake.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import { engineTime, readOwnedResources } from "../../src/docker/owned-resources.ts";
import { removeOwned } from "../../src/docker/remove-owned.ts";
import { LABEL } from "../../src/model/labels.ts";
import { refSlug, uniqueName } from "../../src/model/names.ts";
import { ownerOf } from "../../src/stacks/stack-identity.ts";
import { stackLeases } from "../../src/stacks/stack-lease.ts";
import { projectImage } from "../container/project-image.ts";
import { ownedBy, serviceContainer } from "../e2e/engine-view.ts";
import { eventually } from "../eventually.ts";
import { type EmittedProject, emittedProject } from "./emitted-project.ts";
import { jobsOf, type PipelineEnd, type PipelineOptions, runPipeline } from "./gitlab-ci-local.ts";

const REPOSITORY = path.resolve(__dirname, "../..");
const BRANCH = "feat/Per_Branch";
/** The folder with the state in the jobs' containers. */
const STATE = "/srv/states";
const OWNER = ownerOf({ project: "nestbox", stack: uniqueName(BRANCH), backend: `file://${STATE}` });

/** GitLab's variables in a job of the branch. */
const OF_BRANCH = {
  CI_COMMIT_BRANCH: BRANCH,
  CI_COMMIT_REF_NAME: BRANCH,
  CI_COMMIT_REF_SLUG: refSlug(BRANCH),
};

let project: EmittedProject;
let image: string;

beforeAll(async () => {
  image = await projectImage();
  project = emittedProject([snake]);
  mkdirSync(path.join(project.folder, ".runner", "states"), { recursive: true });
}, 600_000);

afterAll(async () => {
  await removeOwned(OWNER);
  project?.remove();
});

/**
 * Runs a job with the set-up of docs/branch-environments.md: image, state, passphrase and a permanent engine.
 */
function runJob(name: string, options: PipelineOptions = {}): Promise<PipelineEnd> {
  return runPipeline(project, [name], {
    ...options,
    variables: {
      NESTBOX_IMAGE: image,
      PULUMI_BACKEND_URL: `file://${STATE}`,
      PULUMI_CONFIG_PASSPHRASE: "correct horse",
      ...options.variables,
    },
    mounts: {
      "/var/run/docker.sock": engineHost().host.replace(/^unix:\/\//, ""),
      [STATE]: path.join(project.folder, ".runner", "states"),
    },
  });
}

/** Copies this project into the branch's checkout. */
function checkOutBranch(): void {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: REPOSITORY,
  });
  const isCopied = (file: string) => file !== "" && !/^(test|docs|compose|\.gitlab.*)\//.test(file);
  for (const file of listed.toString().split("\0").filter(isCopied)) {
    if (file !== ".gitlab-ci.yml")
      cpSync(path.join(REPOSITORY, file), path.join(project.folder, file), { force: true });
  }
}

/** Deletes the branch and the project's files in the checkout. */
function deleteBranch(): void {
  const git = (...words: readonly string[]) =>
    execFileSync("git", words, { cwd: project.folder, stdio: "ignore" });
  for (const folder of ["src", "sandboxes", "infra", "container"])
    rmSync(path.join(project.folder, folder), { recursive: true });
  rmSync(path.join(project.folder, "Pulumi.yaml"));
  git("checkout", "-B", "main");
  git("branch", "-D", BRANCH);
}

// Each test continues with the branch's state from the previous test.

test("the up job brings the branch's stack up, and the run job tests against it", async () => {
  checkOutBranch();
  const pipeline = await runJob("branch:run:snake", { branch: BRANCH });
  expect(pipeline.stdout + pipeline.stderr).toContain("json schema validated");
  expect([pipeline.verdictOn("branch:up"), pipeline.outputOf("branch:up")]).toEqual([
    "PASS",
    expect.stringMatching(/stack feat-per-branch-\w{6} .* created/),
  ]);
  expect(pipeline.outputOf("branch:run:snake")).toMatch(/\d+ passed/);
  expect(pipeline.verdictOn("branch:run:snake")).toBe("PASS");
  const { Config, State } = await serviceContainer(OWNER, "cache");
  expect(State.Running).toBe(true);
  expect(Config.Labels).toMatchObject({ [LABEL.branch]: BRANCH, [LABEL.timeToLive]: "8h" });
}, 300_000);

test("the stop job removes the stack of a deleted branch without a checkout", async () => {
  deleteBranch();
  const pipeline = await runJob("branch:down", { variables: OF_BRANCH });
  expect([pipeline.verdictOn("branch:down"), pipeline.outputOf("branch:down")]).toEqual([
    "PASS",
    expect.stringMatching(/stack feat-per-branch-\w{6} .* removed/),
  ]);
  expect(await ownedBy(OWNER)).toEqual([]);
}, 120_000);

test("the scheduled clean-up job removes an expired stack", async () => {
  checkOutBranch();
  project.write("Pulumi.branch.yaml", "config:\n  nestbox:sandboxes: [snake]\n  nestbox:timeToLive: 1s\n");
  const up = await runJob("branch:up", { branch: BRANCH });
  expect(up.verdictOn("branch:up")).toBe("PASS");
  expect(await ownedBy(OWNER)).not.toEqual([]);
  await waitForExpiry();
  deleteBranch();
  const schedule = { variables: { CI_PIPELINE_SOURCE: "schedule" } };
  const pipeline = await runJob("branch:clean-up", schedule);
  expect(pipeline.verdictOn("branch:clean-up")).toBe("PASS");
  expect(pipeline.outputOf("branch:clean-up")).toContain(BRANCH);
  expect(await ownedBy(OWNER)).toEqual([]);
}, 300_000);

test.each([
  ["branch:down", OF_BRANCH, "WARN 2"],
  ["branch:clean-up", { CI_PIPELINE_SOURCE: "schedule" }, "FAIL 2"],
])(
  "%s without a backend fails with an error and its remedy",
  async (name, given, verdict) => {
    const pipeline = await runJob(name, { variables: { ...given, PULUMI_BACKEND_URL: "" } });
    expect(pipeline.verdictOn(name)).toBe(verdict);
    expect(pipeline.outputOf(name)).toMatch(
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
  const ofBranches = (await jobsOf(project, options)).filter((name) => name.startsWith("branch:"));
  expect(ofBranches).toEqual(wanted);
});

/** Waits until the branch's stack has expired by the engine's clock. */
async function waitForExpiry(): Promise<void> {
  const engine = engineHost();
  const ends = stackLeases(await readOwnedResources(engine)).get(OWNER)?.expires;
  if (typeof ends !== "number") throw new Error(`the branch's stack ends ${ends}`);
  await eventually(async () => expect(await engineTime(engine)).toBeGreaterThan(ends), { within: "1m" });
}
