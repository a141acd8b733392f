import { expect, test } from "@jest/globals";
import { ownProcessMark } from "../../src/machine/process-mark.ts";
import { LABEL, type Labels } from "../../src/model/labels.ts";
import type { OwnedResource } from "../../src/ownership/owned-resource.ts";
import { expiredLeases, ignoredLeases, orphansIn } from "../../src/stacks/orphans.ts";
import { ownedResource } from "../docker/owned-resource.ts";
import { deadHolder, ELSEWHERE, leaseResource } from "../ownership/lease-labels.ts";

const NOW = Date.parse("2026-11-24T12:00:00Z");

function isOrphan(labels: Labels, ...leases: readonly OwnedResource[]): boolean {
  const resource = ownedResource({ [LABEL.owner]: "us", ...labels });
  return orphansIn([resource, ...leases], NOW).includes(resource);
}

const work = (id: string, holder: string, expires: number) =>
  leaseResource({ id, covers: "work", holder, expires });

test("a resource of a lease is an orphan once nobody holds the lease", () => {
  for (const kind of ["job", "volume", "reservation"]) {
    const labels = { [LABEL.kind]: kind, [LABEL.lease]: "one" };
    expect(isOrphan(labels)).toBe(true);
    expect(isOrphan(labels, work("other", ELSEWHERE, NOW + 1000))).toBe(true);
    expect(isOrphan(labels, work("one", ELSEWHERE, NOW))).toBe(true);
    expect(isOrphan(labels, work("one", deadHolder(), NOW + 1000))).toBe(true);
    expect(isOrphan(labels, work("one", ELSEWHERE, NOW + 1000))).toBe(false);
    expect(isOrphan(labels, work("one", ownProcessMark(), NOW + 1000))).toBe(false);
  }
});

test("of two volumes of one lease, left by a killed renewal, the younger counts", () => {
  const labels = { [LABEL.kind]: "job", [LABEL.lease]: "one" };
  expect(isOrphan(labels, work("one", ELSEWHERE, NOW), work("one", ELSEWHERE, NOW + 1000))).toBe(false);
});

test("a resource without a lease, and a lease itself, are no orphans", () => {
  expect(isOrphan({ [LABEL.kind]: "service" })).toBe(false);
  const lease = work("one", ELSEWHERE, NOW);
  expect(orphansIn([lease], NOW)).toEqual([]);
});

test.each<[string, Parameters<typeof leaseResource>[0], boolean]>([
  ["has expired", { covers: "removal", holder: ELSEWHERE, expires: NOW }, true],
  ["has an unreadable end", { covers: "work", holder: ELSEWHERE, expires: "soon" }, true],
  ["ends later than any renewal sets it", { covers: "work", holder: ELSEWHERE, expires: NOW + 61_000 }, true],
  ["never ends its work", { covers: "work", holder: ELSEWHERE, expires: "never" }, true],
  ["is held elsewhere", { covers: "removal", holder: ELSEWHERE, expires: NOW + 1000 }, false],
  ["is the record of a removed stack", { covers: "removed", expires: NOW + 90 * 86_400_000 }, false],
  ["is an old record of a removed stack", { covers: "removed", expires: NOW - 1 }, true],
  ["covers a stack that has ended", { covers: "stack", expires: NOW - 1 }, false],
])("a lease that %s is removed: %#", (_, lease, removed) => {
  expect(expiredLeases([leaseResource(lease)], NOW)).toHaveLength(removed ? 1 : 0);
});

test("a lease of another version stays, and protects what exists for it", () => {
  const labels = { covers: "reading" as "work", id: "one", expires: NOW + 3_600_000 };
  expect(isOrphan({ [LABEL.lease]: "one" }, leaseResource(labels))).toBe(false);
  expect(expiredLeases([leaseResource({ ...labels, expires: NOW - 1 })], NOW)).toEqual([]);
});

test.each<[Parameters<typeof leaseResource>[0], string | undefined]>([
  [{ covers: "work", expires: NOW + 30_000 }, undefined],
  [{ covers: "work", expires: NOW - 30_000 }, undefined],
  [{ covers: "stack", expires: "never" }, undefined],
  [{ covers: "stack", expires: NOW + 36_500 * 86_400_000 }, undefined],
  [{ covers: "removed", expires: NOW + 90 * 86_400_000 }, undefined],
  [{ covers: "stack", expires: "soon" }, "its end is no time"],
  [{ covers: "work", expires: "" }, "its end is no time"],
  [{ covers: "removal", expires: "never" }, "it ends later than any renewal sets it"],
  [{ covers: "work", expires: "9999-12-31T23:59:59Z" }, "it ends later than any renewal sets it"],
  [{ covers: "" as "work", expires: NOW }, 'this version of Nestbox does not know what "" covers'],
])("%j is ignored: %s", (lease, defect) => {
  const resource = leaseResource(lease);
  const lines = defect === undefined ? [] : [`lease ${resource.name}: ${defect}, so it is ignored`];
  expect(ignoredLeases([resource], NOW)).toEqual(lines);
});
