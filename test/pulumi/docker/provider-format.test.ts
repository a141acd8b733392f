import { expect, test } from "@jest/globals";
import { type Duration, milliseconds } from "../../../src/model/duration.ts";
import { formatCpus, formatDuration } from "../../../src/pulumi/docker/provider-format.ts";

test.each<[Duration, string]>([
  ["50ms", "50ms"],
  ["1500ms", "1.5s"],
  ["5s", "5s"],
  ["90s", "1m30s"],
  ["2m", "2m0s"],
  ["1h", "1h0m0s"],
  ["90m", "1h30m0s"],
  ["2d", "48h0m0s"],
  ["61010ms", "1m1.01s"],
])("a duration of %s is formatted as %s", (duration, printed) => {
  expect(formatDuration(milliseconds(duration) * 1e6)).toBe(printed);
});

test.each([
  [1, "1.0"],
  [2, "2.0"],
  [0.5, "0.5"],
  [1.25, "1.25"],
  [10, "10."],
  [16.5, "16.5"],
])("%d CPUs are formatted as %s", (cpus, read) => {
  expect(formatCpus(cpus)).toBe(read);
});

test.each([0.05, 0.07])(
  "%d CPUs have no format, since the provider would read back another number",
  (cpus) => {
    expect(formatCpus(cpus)).toBeUndefined();
  },
);
