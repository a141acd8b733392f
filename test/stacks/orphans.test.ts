import { expect, test } from "@jest/globals";
import { LABEL, type Labels } from "../../src/model/labels.ts";
import { orphansIn } from "../../src/stacks/orphans.ts";
import { possessionOf } from "../docker/possession-of.ts";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const PAST = "2026-11-24T11:59:59Z";
const FUTURE = "2026-11-24T12:00:01Z";

function isOrphan(labels: Labels): boolean {
  const part = possessionOf({ [LABEL.owner]: "us", ...labels });
  return orphansIn([part], (mark) => mark !== "dead", NOW).includes(part);
}

test("what a process has left that is known to be dead is an orphan, and nothing that has no process", () => {
  expect(isOrphan({ [LABEL.kind]: "job", [LABEL.process]: "dead" })).toBe(true);
  expect(isOrphan({ [LABEL.kind]: "reservation", [LABEL.process]: "dead" })).toBe(true);
  expect(isOrphan({ [LABEL.kind]: "job", [LABEL.process]: "alive" })).toBe(false);
  expect(isOrphan({ [LABEL.kind]: "service" })).toBe(false);
});

test("so is a job past its deadline, whoever may wait for it elsewhere", () => {
  const job = (deadline: string) => ({ [LABEL.process]: "alive", [LABEL.deadline]: deadline });
  expect(isOrphan(job(PAST))).toBe(true);
  expect(isOrphan(job(FUTURE))).toBe(false);
  expect(isOrphan(job("soon"))).toBe(false);
});

test("so is a tombstone whose time is over, or that tells none", () => {
  const tombstone = (ends: string) => ({
    [LABEL.kind]: "tombstone",
    [LABEL.process]: "elsewhere 1 1",
    [LABEL.ends]: ends,
  });
  expect(isOrphan(tombstone(PAST))).toBe(true);
  expect(isOrphan(tombstone(FUTURE))).toBe(false);
  expect(isOrphan(tombstone("soon"))).toBe(true);
});
