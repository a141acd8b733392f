import { expect, test } from "@jest/globals";
import { jobAnswers } from "../../bench/scale-project.ts";
import { type ScaleOutcome, scaleProblems } from "../../bench/scale-verdict.ts";

const FINE: ScaleOutcome = { sandboxes: 200, own: 200, asked: 600, strangers: 0, growth: 1.5 };

test("two hundred that answer their own job and nobody else's, and cost no more in the end, are as promised", () => {
  expect(scaleProblems(FINE)).toEqual([]);
});

test.each<[Partial<ScaleOutcome>, string]>([
  [{ own: 199 }, "199 of 200 sandboxes have answered their own job"],
  [{ asked: 0 }, "no sandbox was asked from another's network"],
  [{ strangers: 1 }, "1 of 600 questions from another's network were answered"],
  [{ growth: 1.51 }, "creating one of the last took × 1.51 of one around the tenth, more than × 1.50"],
  [{ growth: Number.NaN }, "creating one of the last took × NaN of one around the tenth, more than × 1.50"],
])("%j is not", (difference, problem) => {
  expect(scaleProblems({ ...FINE, ...difference })).toEqual([problem]);
});

test("a job's output tells who has answered", () => {
  const silent = '$ echo "own: PONG 1"\nstranger: \nstranger: Could not connect\nown: PONG 1\n';
  expect(jobAnswers(silent)).toEqual({ own: true, asked: 2, strangers: 0 });
  expect(jobAnswers("own: PONG 1\nstranger: PONG\n")).toEqual({ own: true, asked: 1, strangers: 1 });
});

test.each(["", "own: PONG 2\n", "own:  \n", "own: PONG 11\n", '$ echo "own: PONG 1"\n'])(
  "%j is no answer of a Redis of one's own",
  (stdout) => {
    expect(jobAnswers(stdout).own).toBe(false);
  },
);
