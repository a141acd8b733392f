import { expect, test } from "@jest/globals";
import { describeMatrix } from "../../src/cli/tables/proof-matrix.ts";
import type { Verdict } from "../../src/proof/finding.ts";
import { matrixOf } from "../../src/proof/matrix.ts";

const LOSS = {
  path: "a.jobs.b.limits",
  feature: "job.limits",
  target: "gitlab services",
  instead: "the runner's",
};
const KEPT: Verdict = {
  behaviour: "limits",
  place: "a.jobs.b",
  kept: true,
  seen: "memory: 1, not 2",
  result: "kept",
};
const LOST: Verdict = { ...KEPT, kept: false, result: "lost", loss: LOSS };

function column(target: string, ...verdicts: readonly Verdict[]) {
  return { sandbox: "a", target, verdicts };
}

test("a cell sums up all sandboxes", () => {
  const { targets, rows, notes } = matrixOf([
    column("docker", KEPT),
    column("compose", KEPT, LOST),
    column("gitlab", LOST),
    column("docker", { ...KEPT, kept: false, result: "broken" }),
  ]);
  expect(targets).toEqual(["docker", "compose", "gitlab"]);
  expect(rows.find(({ behaviour }) => behaviour === "limits")?.cells).toEqual([
    { state: "failed", notes: [] },
    { state: "kept", notes: [1] },
    { state: "lost", notes: [1] },
  ]);
  expect(rows.find(({ behaviour }) => behaviour === "order")?.cells[0]).toEqual({
    state: "nothing",
    notes: [],
  });
  expect(notes).toEqual(["job.limits: the runner's"]);
});

test("each difference from the table of losses is a failure with its place", () => {
  const { failures } = matrixOf([
    column("docker", { ...KEPT, kept: false, result: "broken" }),
    column("gitlab", { ...LOST, kept: true, result: "unfounded" }),
  ]);
  expect(failures).toEqual([
    { target: "docker", place: "a.jobs.b", reason: "memory: 1, not 2" },
    {
      target: "gitlab",
      place: "a.jobs.b",
      reason: "is as declared, but the losses of gitlab services say of job.limits: the runner's",
    },
  ]);
});

test("the matrix is aligned, with notes and failures below", () => {
  const broken: Verdict = {
    ...KEPT,
    behaviour: "files",
    kept: false,
    seen: "/a: absent, not as declared",
    result: "broken",
  };
  expect(describeMatrix(matrixOf([column("docker", KEPT, broken), column("gitlab", LOST)]))).toBe(
    [
      "                               docker  gitlab",
      "every alias answers            ·       ·",
      "nothing else answers           ·       ·",
      "ready when a job starts        ·       ·",
      "services start in order        ·       ·",
      "variables arrive               ·       ·",
      "files arrive                   ✗       ·",
      "secrets reach nobody else      ·       ·",
      "limits, user, privileges hold  ✓       – ¹",
      "exit codes are kept            ·       ·",
      "nothing is left                ·       ·",
      "",
      "¹  job.limits: the runner's",
      "",
      "✗  docker  a.jobs.b  /a: absent, not as declared",
      "",
    ].join("\n"),
  );
});
