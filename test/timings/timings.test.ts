import { expect, test } from "@jest/globals";
import { type Span, timed, timingsOf } from "../../src/timings/timings.ts";

test("work is a span, also if it fails", async () => {
  const spans: Span[] = [];
  const timings = { add: (span: Span) => spans.push(span) };
  const label = { part: "engine", step: "find" };
  expect(await timed(timings, label, async () => 7)).toBe(7);
  const failure = new Error("no");
  await expect(timed(timings, label, () => Promise.reject(failure))).rejects.toBe(failure);
  const times = { start: expect.any(Number), end: expect.any(Number) };
  expect(spans).toEqual([
    { ...label, ...times },
    { ...label, ...times, failed: true },
  ]);
});

test("nothing is measured when nobody asks", async () => {
  expect(await timed(undefined, { part: "a", step: "b" }, async () => 7)).toBe(7);
  expect(timingsOf(undefined, "shop")).toBe(undefined);
});

test("the parts of one sandbox among several have its name, and so do those that they wait for", () => {
  const spans: Span[] = [];
  const span = { part: "service cache", step: "start", start: 1, end: 2 };
  const timings = timingsOf({ add: (one) => spans.push(one) }, "shop");
  timings?.add({ ...span, after: ["network"] });
  timings?.add(span);
  expect(spans).toEqual([
    { ...span, part: "shop service cache", after: ["shop network"] },
    { ...span, part: "shop service cache" },
  ]);
});
