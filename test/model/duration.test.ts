import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  type Duration,
  goDuration,
  milliseconds,
  parseDuration,
  timerMilliseconds,
} from "../../src/model/duration.ts";

test.each([
  ["250ms", 250],
  ["1.5s", 1500],
  ["5m", 300_000],
  ["8h", 28_800_000],
  ["2d", 172_800_000],
])("%s is %d ms", (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

test.each(["", "5", "s", "-5s", "0s", "0.4ms", "5 s", "5S", "1e3s", "5s\n", "1m30s", "99999999d"])(
  "%j is not a duration",
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
    expect(() => milliseconds(text as Duration)).toThrow(
      `"${text}" is not a duration; use one such as "30s"`,
    );
  },
);

test.each([
  ["250ms", "250ms"],
  ["90s", "1m30s"],
  ["2d", "48h"],
  ["1.5ms", "2ms"],
] as const)("Go writes %s as %s", (duration, expected) => {
  expect(goDuration(duration)).toBe(expected);
});

test("Go's notation has the same duration, to the millisecond", () => {
  const unit = fc.constantFrom("ms", "s", "m", "h", "d");
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30_000 }), unit, (count, name) => {
      const duration: Duration = `${count}${name as "ms"}`;
      const written = goDuration(duration);
      expect(written).toMatch(/^(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/);
      const read = [...written.matchAll(/\d+(?:ms|h|m|s)/g)].map(([part]) => milliseconds(part as Duration));
      expect(read.reduce((sum, part) => sum + part, 0)).toBe(milliseconds(duration));
    }),
  );
});

test("a timer never gets more than its longest delay", () => {
  expect([timerMilliseconds("2s"), timerMilliseconds("36500d")]).toEqual([2000, 2 ** 31 - 1]);
});
