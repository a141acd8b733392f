import { expect, test } from "@jest/globals";
import type { Possession } from "../../src/docker/possessions.ts";
import { LABEL, type Labels } from "../../src/model/labels.ts";
import { stacksOn as stacksWhile } from "../../src/stacks/ended-stacks.ts";
import { labelsOf } from "../docker/facts-of.ts";
import { CREATED, possessionOf } from "../docker/possession-of.ts";

const HOUR = 3_600_000;
const NOW = Date.parse("2026-11-24T12:00:00Z");

function part(timeToLive: string, others: Partial<Possession> = {}): Possession {
  const labels = labelsOf("us", "network", "default", { [LABEL.timeToLive]: timeToLive });
  return possessionOf(labels, others);
}

function life(labels: Labels): Possession {
  return possessionOf({ [LABEL.owner]: "us", [LABEL.kind]: "life", ...labels }, { kind: "volume" });
}

/** Of all processes, only one still runs. */
const stacksOn = (parts: readonly Possession[]) => stacksWhile(parts, (mark) => mark === "alive", NOW);

function endOf(...parts: readonly Possession[]): unknown {
  return stacksOn(parts)[0]?.ends;
}

test("a stack's parts come together, and stacks apart", () => {
  const theirs = possessionOf(labelsOf("them", "network", "default", { [LABEL.branch]: "feat/a" }));
  const ours = [part("never"), part("never")];
  expect(stacksOn([theirs, ...ours])).toEqual([
    expect.objectContaining({
      owner: "them",
      project: "example",
      stack: "dev",
      branch: "feat/a",
      parts: [theirs],
    }),
    expect.objectContaining({ owner: "us", parts: ours }),
  ]);
});

test("the life that was renewed last tells the end, whatever the labels of the parts say", () => {
  const old = life({ [LABEL.ends]: "2026-11-25T00:00:00Z", [LABEL.renewed]: "2026-11-23T00:00:00Z" });
  const young = life({ [LABEL.ends]: "2026-11-24T00:00:00Z", [LABEL.renewed]: "2026-11-23T01:00:00Z" });
  expect(endOf(part("1h"), young, old)).toBe(Date.parse("2026-11-24T00:00:00Z"));
  expect(endOf(part("1h"), life({ [LABEL.ends]: "never" }))).toBe("never");
});

test("without a life the time to live counts from the youngest part", () => {
  expect(endOf(part("2h"), part("2h", { created: CREATED + HOUR }))).toBe(CREATED + 3 * HOUR);
  expect(endOf(part("never"), part("2h"))).toBe("never");
});

test("what nobody can read is never taken for an end", () => {
  expect(endOf(part("soon"))).toBe("unreadable");
  expect(endOf(part("2h"), part("soon"))).toBe("unreadable");
  expect(endOf(part("2h", { created: Number.NaN }))).toBe("unreadable");
  expect(endOf(part("2h"), life({ [LABEL.ends]: "tomorrow" }))).toBe("unreadable");
});

test("a stack is in use while one of its jobs runs and somebody waits for it", () => {
  const job = (running: boolean, mark = "alive") =>
    possessionOf(labelsOf("us", "job", "tests", { [LABEL.process]: mark }), { kind: "container", running });
  const service = possessionOf(labelsOf("us", "service", "cache"), { kind: "container", running: true });
  expect(stacksOn([service, job(false)])[0]?.inUse).toBe(false);
  expect(stacksOn([service, job(true)])[0]?.inUse).toBe(true);
  expect(stacksOn([service, job(true, "dead")])[0]?.inUse).toBe(false);
});

test("a job with a deadline is in use until it is removed, and not past its deadline", () => {
  const job = (deadline: number, others: Labels = {}) =>
    possessionOf(
      labelsOf("us", "job", "tests", {
        [LABEL.process]: "alive",
        [LABEL.deadline]: new Date(deadline).toISOString(),
        ...others,
      }),
      { kind: "container", running: false },
    );
  expect(stacksOn([job(NOW + HOUR)])[0]?.inUse).toBe(true);
  expect(stacksOn([job(NOW + HOUR, { [LABEL.process]: "dead" })])[0]?.inUse).toBe(false);
  expect(stacksOn([job(NOW)])[0]?.inUse).toBe(false);
});

test.each(["tombstone", "grave"])("a %s is no part of the stack, and tells nothing of its end", (kind) => {
  const note = possessionOf({ [LABEL.owner]: "us", [LABEL.kind]: kind }, { kind: "volume" });
  expect(stacksOn([note])).toEqual([]);
  expect(stacksOn([note, part("2h")])[0]).toMatchObject({
    parts: [part("2h")],
    ends: CREATED + 2 * HOUR,
  });
});
