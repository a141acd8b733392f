import { expect, test } from "@jest/globals";
import { ownProcessMark } from "../../src/machine/process-mark.ts";
import { LABEL } from "../../src/model/labels.ts";
import type { OwnedResource } from "../../src/ownership/owned-resource.ts";
import { stacksOn as stacksAt } from "../../src/stacks/stack-on-engine.ts";
import { labelsOf } from "../docker/facts-of.ts";
import { CREATED, ownedResource } from "../docker/owned-resource.ts";
import { deadHolder, ELSEWHERE, leaseResource } from "../ownership/lease-labels.ts";

const HOUR = 3_600_000;
const NOW = Date.parse("2026-11-24T12:00:00Z");

function part(timeToLive: string, others: Partial<OwnedResource> = {}): OwnedResource {
  const labels = labelsOf("us", "network", "default", { [LABEL.timeToLive]: timeToLive });
  return ownedResource(labels, others);
}

function end(expires: number | string, renewed = 0): OwnedResource {
  return leaseResource({ covers: "stack", expires, renewed });
}

const stacksOn = (resources: readonly OwnedResource[]) => stacksAt(resources, NOW);

function endOf(...parts: readonly OwnedResource[]): unknown {
  return stacksOn(parts)[0]?.ends;
}

test("resources are grouped by stack", () => {
  const theirs = ownedResource(labelsOf("them", "network", "default", { [LABEL.branch]: "feat/a" }));
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

test("the stack's lease that was renewed last sets the end, whatever the labels of the parts say", () => {
  const old = end(NOW + 2 * HOUR, NOW - 2 * HOUR);
  const young = end(NOW + HOUR, NOW - HOUR);
  expect(endOf(part("1h"), young, old)).toBe(NOW + HOUR);
  expect(endOf(part("1h"), end("never"))).toBe("never");
});

test("without a lease the time to live counts from the youngest part", () => {
  expect(endOf(part("2h"), part("2h", { created: CREATED + HOUR }))).toBe(CREATED + 3 * HOUR);
  expect(endOf(part("never"), part("2h"))).toBe("never");
});

test("a sandbox without a stack ends with its command, and is in use until then", () => {
  const lease = (holder: string) => leaseResource({ covers: "sandbox", holder, expires: NOW + HOUR / 120 });
  const [alive] = stacksOn([part("never"), lease(ownProcessMark())]);
  expect(alive).toMatchObject({ ends: "command", inUse: true });
  const [dead] = stacksOn([part("never"), lease(deadHolder())]);
  expect(dead).toMatchObject({ ends: "command", inUse: false });
});

test("an unreadable end is reported as unreadable", () => {
  expect(endOf(part("soon"))).toBe("unreadable");
  expect(endOf(part("2h"), part("soon"))).toBe("unreadable");
  expect(endOf(part("2h", { created: Number.NaN }))).toBe("unreadable");
  expect(endOf(part("2h"), end("tomorrow"))).toBe("unreadable");
});

test("a stack is in use while a lease of work is held", () => {
  const inUse = (holder: string, expires: number) =>
    stacksOn([part("1h"), leaseResource({ covers: "work", holder, expires })])[0]?.inUse;
  expect(stacksOn([part("1h")])[0]?.inUse).toBe(false);
  expect(inUse(ownProcessMark(), NOW + 30_000)).toBe(true);
  expect(inUse(ELSEWHERE, NOW + 30_000)).toBe(true);
  expect(inUse(ELSEWHERE, NOW)).toBe(false);
  expect(inUse(deadHolder(), NOW + 30_000)).toBe(false);
});

test.each(["work", "removal", "removed"] as const)(
  "a lease of %s is no part of the stack, and sets no end",
  (covers) => {
    const lease = leaseResource({ covers, expires: NOW + 1000 });
    expect(stacksOn([lease])).toEqual([]);
    expect(stacksOn([lease, part("2h")])[0]).toMatchObject({
      parts: [part("2h")],
      ends: CREATED + 2 * HOUR,
    });
  },
);
