import { expect, test } from "@jest/globals";
import { describeRunners, listedRunners } from "../../../src/cli/tables/runner-list.ts";
import type { RunnerContainer } from "../../../src/gitlab/runner/runners.ts";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const RUNNER: RunnerContainer = {
  id: "0123",
  name: "gitlab-runner-1a2b3c",
  project: "shop",
  stack: "ci",
  created: NOW - 3 * 3_600_000,
  state: "running",
  jobs: 2,
};

test("a runner as data: container, state and number of jobs", () => {
  expect(listedRunners([RUNNER])).toEqual([
    {
      container: "gitlab-runner-1a2b3c",
      project: "shop",
      stack: "ci",
      state: "running",
      jobs: 2,
      created: "2026-11-24T09:00:00.000Z",
    },
  ]);
});

test.each<[string, Partial<RunnerContainer>]>([
  ["running", { health: "healthy" }],
  ["starting", { health: "starting" }],
  ["unhealthy", { health: "unhealthy" }],
  ["exited", { state: "exited" }],
  ["exited", { state: "exited", health: "unhealthy" }],
  ["restarting", { state: "restarting" }],
  ["unhealthy", { complaint: "GitLab refuses its token" }],
  ["unhealthy", { health: "healthy", complaint: "GitLab refuses its token" }],
])("the state is %s for %j", (state, change) => {
  expect(listedRunners([{ ...RUNNER, ...change }])[0]?.state).toBe(state);
});

test("the description has an aligned line for each", () => {
  const { jobs: _, ...never } = RUNNER;
  const runners = listedRunners([
    RUNNER,
    { ...RUNNER, name: "other", project: "example", jobs: 1, created: NOW - 90_000 },
    { ...RUNNER, name: "idle", jobs: 0 },
    { ...never, name: "new", state: "created" },
  ]);
  expect(describeRunners(runners, NOW)).toBe(
    "GitLab runners\n" +
      "  shop/ci     running  2 jobs   3 h old   gitlab-runner-1a2b3c\n" +
      "  example/ci  running  1 job    90 s old  other\n" +
      "  shop/ci     running  no jobs  3 h old   idle\n" +
      "  shop/ci     created           3 h old   new\n",
  );
});

test("without runners the description is empty", () => {
  expect(describeRunners([])).toBe("");
});
