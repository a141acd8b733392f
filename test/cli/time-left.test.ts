import { expect, test } from "@jest/globals";
import { describeEnd } from "../../cli/time-left.ts";

const NOW = Date.parse("2026-11-23T10:00:00Z");
const MINUTE = 60_000;

test.each([
  [NOW + 5 * MINUTE, "ends in 5 min"],
  [NOW + 90_500, "ends in 90 s"],
  [NOW - 150 * MINUTE, "ended 2 h ago"],
  [NOW + 72 * 60 * MINUTE, "ends in 3 days"],
  [NOW, "ended 0 s ago"],
  ["never", "never ends"],
] as const)("%s is told as %s", (ends, words) => {
  expect(describeEnd(ends, NOW)).toBe(words);
});

test("an end that cannot be read comes with the remedy", () => {
  expect(describeEnd("unreadable", NOW)).toMatch(/unreadable.*nestbox extend/);
});
