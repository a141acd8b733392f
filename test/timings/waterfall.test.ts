import { expect, test } from "@jest/globals";
import type { Span } from "../../src/timings/timings.ts";
import { waterfall } from "../../src/timings/waterfall.ts";

const SPANS: readonly Span[] = [
  { part: "engine", step: "find", start: 100, end: 150 },
  { part: "service cache", step: "create", after: ["network"], start: 150, end: 180 },
  { part: "network front", step: "create", start: 151, end: 250 },
  { part: "service cache", step: "start", after: ["network"], start: 250, end: 850 },
  { part: "service cache", step: "first answer", after: ["network"], start: 850, end: 1250.4 },
  { part: "command", step: "run", start: 1251, end: 2100 },
];

test("a chart has a line for each span, those of a part together, and the critical path", () => {
  expect(waterfall(SPANS, 80)).toBe(
    `                                    0                                     2.00s
engine         find           50ms  █
service cache  create         30ms   ░
               start         600ms     █████████████
               first answer  400ms                  █████████
network front  create         99ms   ██
command        run           849ms                           ██████████████████

critical path █  2.00s of 2.00s
  engine find 50ms → network front create 99ms → service cache start 600ms
  → service cache first answer 400ms → command run 849ms`,
  );
});

test.each([80, 120, 200])("no line is wider than a terminal of %i columns", (columns) => {
  const long = { part: `image registry.example.com/${"a".repeat(200)}`, step: "pull", start: 0, end: 99_000 };
  const lines = waterfall([...SPANS, long], columns).split("\n");
  expect(lines.filter((line) => line.length >= columns)).toEqual([]);
  expect(lines.join("\n")).toContain("image registry.example.com/aaaa…  pull");
});

test("spans without a length have a bar, within the chart", () => {
  const one = { part: "a", step: "b", start: 5, end: 5 };
  expect(waterfall([one], 80)).toMatch(/^a {2}b {2}0ms {2}█$/m);
  const last = { part: "z", step: "end", start: 2100, end: 2100 };
  const lines = waterfall([...SPANS, last], 80).split("\n");
  expect(lines.find((line) => line.startsWith("z"))?.length).toBe(lines[0]?.length);
});

test("nothing measured is nothing to show", () => {
  expect(waterfall([], 80)).toBe("");
});
