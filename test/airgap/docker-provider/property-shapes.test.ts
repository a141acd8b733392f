import { describe, expect, test } from "@jest/globals";
import {
  decimal,
  duration,
  durationText,
  flag,
  listOf,
  nanoseconds,
  number,
  optional,
  record,
  refused,
  required,
  setOf,
  text,
  textMap,
} from "../../../airgap/docker-provider/property-shapes.ts";
import { unknownValue } from "../../../airgap/docker-provider/property-values.ts";

describe("problems", () => {
  const shape = record({ tests: optional(listOf(text())), retries: optional(number()), later: refused });

  test("name the nested property", () => {
    expect(shape.problems({ tests: ["CMD", 7] }, "healthcheck")).toEqual([
      { path: "healthcheck.tests[1]", reason: "must be a string, not a value of type number" },
    ]);
  });

  test("refuse by name what the SDK has and nobody has", () => {
    expect(shape.problems({ later: 1, foo: 1 }, "healthcheck").map(({ path }) => path)).toEqual([
      "healthcheck.later",
      "healthcheck.foo",
    ]);
  });

  test("name what is missing", () => {
    const label = setOf(record({ label: required(text()), value: required(text()) }));
    expect(label.problems([{ label: "a" }], "labels")).toEqual([
      { path: "labels[0].value", reason: "is required: set it" },
    ]);
  });

  test("never show the value, which may be a secret", () => {
    const problems = setOf(text()).problems({ "B=geheim": "geheim" }, "envs");
    expect(problems).toHaveLength(1);
    expect(JSON.stringify(problems)).not.toContain("geheim");
  });

  test.each([
    ["text", text(), 1],
    ["one of", text({ oneOf: ["no", "always"] }), "sometimes"],
    ["number", number(), "1"],
    ["flag", flag(), "true"],
    ["duration", duration, "1 second"],
    ["decimal", decimal, "half"],
    ["list", listOf(text()), "a"],
    ["map", textMap, ["a"]],
    ["record", shape, "a"],
  ])("%s", (_name, shape, wrong) => {
    expect(shape.problems(wrong, "p")).toHaveLength(1);
    expect(shape.problems(unknownValue, "p")).toEqual([]);
  });
});

describe("canonical values", () => {
  test("leave out defaults, and what is empty", () => {
    const port = record({ internal: required(number()), protocol: optional(text({ default: "tcp" })) });
    expect(port.canonical({ internal: 80, protocol: "tcp" })).toEqual({ internal: 80 });
    expect(listOf(text()).canonical([])).toBeUndefined();
    expect(textMap.canonical({})).toBeUndefined();
    expect(flag({ default: true }).canonical(true)).toBeUndefined();
    expect(flag({ default: true }).canonical(false)).toBe(false);
  });

  test("tell false from nothing where there is no default", () => {
    expect(flag().canonical(false)).toBe(false);
  });

  test("of sets do not depend on the order, of lists they do", () => {
    expect(setOf(text()).canonical(["b", "a"])).toEqual(setOf(text()).canonical(["a", "b"]));
    expect(listOf(text()).canonical(["b", "a"])).not.toEqual(listOf(text()).canonical(["a", "b"]));
  });

  test("of an unknown value are that value, at any depth", () => {
    expect(number().canonical(unknownValue)).toBe(unknownValue);
    expect(listOf(text()).canonical(["a", unknownValue])).toEqual(["a", unknownValue]);
  });

  test("of durations are nanoseconds", () => {
    expect(duration.canonical("60s")).toBe(duration.canonical("1m"));
  });
});

test.each([
  ["0", 0],
  ["250ms", 250_000_000],
  ["1m30s", 90_000_000_000],
  ["1.5h", 5_400_000_000_000],
])("%s is %d ns", (words, expected) => {
  expect(nanoseconds(words)).toBe(expected);
});

test.each(["0s", "250ms", "90s", "2m", "3h", "7us"])(
  "%s survives the way to nanoseconds and back",
  (words) => {
    expect(durationText(nanoseconds(words) ?? Number.NaN)).toBe(words);
  },
);
