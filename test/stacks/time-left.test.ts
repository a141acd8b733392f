import { expect, test } from "@jest/globals";
import { describeEnd } from "../../src/stacks/time-left.ts";

const NOW = Date.parse("2026-11-23T10:00:00Z");
const MINUTE = 60_000;

test.each([
  [NOW + 5 * MINUTE, "ends in 5 min"],
  [NOW + 90_500, "ends in 90 s"],
  [NOW - 150 * MINUTE, "ended 2 h ago"],
  [NOW + 72 * 60 * MINUTE, "ends in 3 days"],
  [NOW + 72 * 60 * MINUTE - 20_000, "ends in 3 days"],
  [NOW + 71 * 60 * MINUTE, "ends in 2 days 23 h"],
  [NOW + 8 * 60 * MINUTE - 5000, "ends in 8 h"],
  [NOW + 119 * MINUTE, "ends in 1 h 59 min"],
  [NOW + 25 * 60 * MINUTE, "ends in 25 h"],
  [NOW + 48 * 60 * MINUTE + 5 * MINUTE, "ends in 2 days"],
  [NOW, "ended 0 s ago"],
  ["never", "never ends"],
  ["command", "ends with its command"],
] as const)("%s is told as %s", (ends, words) => {
  expect(describeEnd(ends, NOW)).toBe(words);
});

test("an unreadable end has a remedy", () => {
  expect(describeEnd("unreadable", NOW)).toMatch(/unreadable.*nestbox extend/);
});
