import { expect, test } from "@jest/globals";
import { bytes, parseSize, type Size } from "../../src/model/size.ts";

test.each([
  ["512KiB", 524_288],
  ["256MiB", 268_435_456],
  ["1.5GiB", 1_610_612_736],
])("%s is %d bytes", (text, expected) => {
  expect(parseSize(text)).toBe(expected);
  expect(bytes(text as Size)).toBe(expected);
});

test.each(["", "5", "5MB", "5 MiB", "-5MiB", "0MiB", "256mib", "99999999999999GiB"])(
  "%j is not a size",
  (text) => {
    expect(parseSize(text)).toBeUndefined();
    expect(() => bytes(text as Size)).toThrow(`"${text}" is not a size; use one such as "256MiB"`);
  },
);
