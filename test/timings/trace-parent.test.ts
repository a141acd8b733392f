import { expect, test } from "@jest/globals";
import { formatTraceParent, parseTraceParent } from "../../src/timings/trace-parent.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";

test("a parent is read, and written as it was", () => {
  const text = `00-${traceId}-${spanId}-01`;
  const parent = { traceId, spanId, sampled: true };
  expect(parseTraceParent(text)).toEqual(parent);
  expect(formatTraceParent(parent)).toBe(text);
  expect(formatTraceParent({ ...parent, sampled: false })).toBe(`00-${traceId}-${spanId}-00`);
});

test("a parent of a later version counts by its first four fields", () => {
  expect(parseTraceParent(`01-${traceId}-${spanId}-03-more`)).toEqual({ traceId, spanId, sampled: true });
  expect(parseTraceParent(`00-${traceId}-${spanId}-02`)?.sampled).toBe(false);
});

test.each([
  undefined,
  "",
  "no",
  `ff-${traceId}-${spanId}-01`,
  `00-${traceId}-${spanId}-01-more`,
  `00-${"0".repeat(32)}-${spanId}-01`,
  `00-${traceId}-${"0".repeat(16)}-01`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
])("%p is no parent", (text) => {
  expect(parseTraceParent(text)).toBe(undefined);
});
