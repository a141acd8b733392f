import { describe, expect, test } from "@jest/globals";
import { postgres } from "../../../src/catalog/postgres.ts";
import { redis } from "../../../src/catalog/redis.ts";
import { branchJobs } from "../../../src/gitlab/jobs/branch-jobs.ts";
import { type Sandbox, sandbox } from "../../../src/model/declaration/sandbox.ts";
import type { Duration } from "../../../src/model/duration.ts";
import { refSlug } from "../../../src/model/names.ts";
import type { PerBranch } from "../../../src/model/per-branch.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import type { Runner } from "../../../src/model/runner/runner.ts";
import { secret } from "../../../src/model/text.ts";

const RUNNERS: readonly Runner[] = [
  { name: "protected", tags: ["protected"], protectedOnly: true },
  { name: "plain", tags: ["docker"] },
  { name: "near", tags: ["near"] },
];
const JOB = { image: "alpine:3.19", script: ["true"] };

interface Job {
  readonly [key: string]: unknown;
  readonly rules: readonly { readonly if: string; readonly when?: string }[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
  readonly script: readonly string[];
}

function perBranchBox(name: string, perBranch: boolean | PerBranch = true): Sandbox {
  return sandbox(name, { perBranch, services: { cache: redis() }, jobs: { tests: JOB } });
}

function jobsOf(sandboxes: readonly Sandbox[], timeToLive: Duration | "never" = "8h") {
  const plans = sandboxes.map((declared) => plan(declared, { profiles: "all" }));
  return branchJobs(plans, RUNNERS, timeToLive) as Readonly<Record<string, Job>>;
}

function job(jobs: Readonly<Record<string, Job>>, name: string): Job {
  const found = jobs[name];
  if (!found) throw new Error(`no job ${name} among ${Object.keys(jobs).join(", ")}`);
  return found;
}

test("one job brings up all sandboxes of a branch, and one job for each sandbox runs its jobs", () => {
  const jobs = jobsOf([perBranchBox("snake"), perBranchBox("whale"), perBranchBox("ignored", false)]);
  expect(Object.keys(jobs)).toEqual([
    "branch:up",
    "branch:run:snake",
    "branch:run:whale",
    "branch:down",
    "branch:clean-up",
  ]);
  expect(job(jobs, "branch:up").script).toEqual(["nestbox up --branch"]);
  expect(job(jobs, "branch:run:whale")).toMatchObject({
    needs: ["branch:up"],
    script: ["nestbox run whale --branch"],
  });
});

test("jobs of a project in a folder of its repository enter it", () => {
  const box = sandbox("snake", {
    perBranch: true,
    services: { cache: redis({ publish: true }) },
    jobs: { tests: JOB },
  });
  const planned = plan(box, { profiles: "all" });
  const jobs = branchJobs([planned], RUNNERS, "8h", "services/api/") as Readonly<Record<string, Job>>;
  expect(job(jobs, "branch:up")).toMatchObject({
    script: [
      "cd services/api/",
      "nestbox up --branch",
      "nestbox env snake --branch --from-engine-host > snake.env",
    ],
    artifacts: { paths: ["services/api/snake.env"] },
  });
  expect(job(jobs, "branch:run:snake").script).toEqual(["cd services/api/", "nestbox run snake --branch"]);
  expect(job(jobs, "branch:down").script).toEqual(["nestbox --project /nestbox down --branch"]);
});

test("the jobs share environment, resource group and rules, and the stop job has no checkout", () => {
  const jobs = jobsOf([perBranchBox("snake")]);
  const [up, run, down] = ["branch:up", "branch:run:snake", "branch:down"].map((name) => job(jobs, name));
  const name = "review/branch-$CI_COMMIT_REF_SLUG";
  expect(up?.environment).toEqual({ name, on_stop: "branch:down", auto_stop_in: "8 hours" });
  expect(run?.environment).toEqual({ name, action: "access", auto_stop_in: "8 hours" });
  expect(down?.environment).toEqual({ name, action: "stop" });
  for (const one of [up, run, down]) {
    expect(one?.resource_group).toBe(name);
    expect(one?.rules[0]?.if).toBe(up?.rules[0]?.if);
  }
  expect(down?.rules).toEqual([{ if: up?.rules[0]?.if, when: "manual", allow_failure: true }]);
  expect(down?.needs).toEqual([]);
  expect(down?.variables.GIT_STRATEGY).toBe("none");
  expect(up?.variables.GIT_STRATEGY).toBeUndefined();
});

test.each(["feat/login", "größe", "ветка", "😀", "-", "x".repeat(255)])(
  "GitLab accepts the environment and the resource group of branch %s",
  (branch) => {
    const up = job(jobsOf([perBranchBox("snake")]), "branch:up");
    for (const name of [up.environment?.name, up.resource_group]) {
      const expanded = String(name).replace("$CI_COMMIT_REF_SLUG", refSlug(branch));
      // environment_name_regex of GitLab's lib/gitlab/regex.rb.
      expect(expanded).toMatch(/^[a-zA-Z0-9_${}. -]([a-zA-Z0-9_/${}. -]*[a-zA-Z0-9_${}. -])?$/);
    }
  },
);

test("the clean-up runs only on schedules and has no environment", () => {
  const cleanUp = job(jobsOf([perBranchBox("snake")]), "branch:clean-up");
  expect(cleanUp.rules).toEqual([{ if: '$CI_PIPELINE_SOURCE == "schedule"' }]);
  expect(cleanUp.environment).toBeUndefined();
  expect(cleanUp.variables.GIT_STRATEGY).toBe("none");
});

test.each([
  ["8h", "8 hours"],
  ["1h", "1 hour"],
  ["2d", "2 days"],
  ["36h", "36 hours"],
  ["1.5h", "90 minutes"],
  ["10s", "1 minute"],
  ["never", "never"],
] as const)("a time to live of %s is an environment with auto_stop_in %s", (timeToLive, wanted) => {
  const jobs = jobsOf([perBranchBox("snake")], timeToLive);
  expect(job(jobs, "branch:up").environment?.auto_stop_in).toBe(wanted);
});

describe("the runner", () => {
  test("is the first that runs jobs of every branch, or the named one", () => {
    expect(job(jobsOf([perBranchBox("snake")]), "branch:down").tags).toEqual(["docker"]);
    const named = jobsOf([perBranchBox("snake"), perBranchBox("whale", { runner: "near", stage: "review" })]);
    for (const one of Object.values(named)) expect(one).toMatchObject({ tags: ["near"], stage: "review" });
  });

  test("for protected branches only is an error", () => {
    expect(() => jobsOf([perBranchBox("snake"), perBranchBox("whale", { runner: "protected" })])).toThrow(
      /^whale\.perBranch\.runner: .*"protected" runs only jobs of protected branches/,
    );
  });

  test("must be the same for all sandboxes", () => {
    const sandboxes = [perBranchBox("snake", { runner: "near" }), perBranchBox("whale", { runner: "plain" })];
    expect(() => jobsOf(sandboxes)).toThrow(
      'whale.perBranch.runner: is "plain", but snake.perBranch.runner is "near"',
    );
  });
});

test("an empty stage is an error", () => {
  expect(() => jobsOf([perBranchBox("snake", { stage: "" })])).toThrow("snake.perBranch.stage: is empty");
});

test("a sandbox named like the prefix of the jobs is an error", () => {
  expect(() => jobsOf([perBranchBox("snake"), perBranchBox("branch", false)])).toThrow(
    /^branch: is the prefix of the jobs/,
  );
});

describe("the addresses of published services", () => {
  const withService = (cache: ReturnType<typeof redis>) =>
    job(jobsOf([sandbox("snake", { perBranch: true, services: { cache } })]), "branch:up");

  test("are an artifact, not a dotenv report", () => {
    const up = withService(redis({ publish: true }));
    expect(up.script).toEqual([
      "nestbox up --branch",
      "nestbox env snake --branch --from-engine-host > snake.env",
    ]);
    expect(up.artifacts).toEqual({ paths: ["snake.env"], expire_in: "1 day" });
  });

  test("are no artifact if they contain a secret, even with a profile", () => {
    const database = postgres({
      publish: true,
      password: secret("database-password"),
      profiles: ["database"],
    });
    const shop = sandbox("shop", {
      perBranch: true,
      services: { cache: redis({ publish: true }), database },
    });
    const cached = sandbox("cached", { perBranch: true, services: { cache: redis({ publish: true }) } });
    const up = job(jobsOf([shop, cached]), "branch:up");
    expect(up.script).toEqual([
      "nestbox up --branch",
      "nestbox env cached --branch --from-engine-host > cached.env",
    ]);
    expect(up.artifacts).toEqual({ paths: ["cached.env"], expire_in: "1 day" });
    expect(job(jobsOf([shop]), "branch:up")).not.toHaveProperty("artifacts");
  });

  test("are no artifact if no service is published, or only with a profile", () => {
    expect(withService(redis())).not.toHaveProperty("artifacts");
    expect(withService(redis({ publish: true, profiles: ["extra"] }))).not.toHaveProperty("artifacts");
  });
});
