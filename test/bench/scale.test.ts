import { expect, test } from "@jest/globals";
import { jobAnswers } from "../../bench/scale-project.ts";
import { type ScaleOutcome, scaleProblems } from "../../bench/scale-verdict.ts";

const FINE: ScaleOutcome = { sandboxes: 200, own: 200, foreignRequests: 600, foreignAnswers: 0, growth: 1.5 };

test("sandboxes that answer only their own job, at constant cost, have no problems", () => {
  expect(scaleProblems(FINE)).toEqual([]);
});

test.each<[Partial<ScaleOutcome>, string]>([
  [{ own: 199 }, "199 of 200 sandboxes answered their own job"],
  [{ foreignRequests: 0 }, "no sandbox got a request from another's network"],
  [{ foreignAnswers: 1 }, "1 of 600 requests from another's network were answered"],
  [{ growth: 1.51 }, "the last creations took × 1.51 of those around the tenth, above × 1.50"],
  [{ growth: Number.NaN }, "the last creations took × NaN of those around the tenth, above × 1.50"],
])("%j is a problem", (difference, problem) => {
  expect(scaleProblems({ ...FINE, ...difference })).toEqual([problem]);
});

test("a job's output contains the answers", () => {
  const silent = '$ echo "own: PONG 1"\nforeign: \nforeign: Could not connect\nown: PONG 1\n';
  expect(jobAnswers(silent)).toEqual({ own: true, foreignRequests: 2, foreignAnswers: 0 });
  expect(jobAnswers("own: PONG 1\nforeign: PONG\n")).toEqual({
    own: true,
    foreignRequests: 1,
    foreignAnswers: 1,
  });
});

test.each(["", "own: PONG 2\n", "own:  \n", "own: PONG 11\n", '$ echo "own: PONG 1"\n'])(
  "%j is no answer of the job's own Redis",
  (stdout) => {
    expect(jobAnswers(stdout).own).toBe(false);
  },
);
