import { expect, test } from "@jest/globals";
import { coveredTime, criticalPath } from "../../src/timings/critical-path.ts";
import type { Span } from "../../src/timings/timings.ts";

/** A span of a part, whose step is its name. */
function span(name: string, start: number, end: number, after?: readonly string[]): Span {
  const [part = "", step = ""] = name.split("/");
  return { part, step, start, end, ...(after && { after }) };
}

function pathOf(...spans: readonly Span[]): readonly string[] {
  return criticalPath(spans).map(({ part, step }) => `${part}/${step}`);
}

test("a path goes from the last end back to what each span has waited for", () => {
  const path = pathOf(
    span("engine/find", 0, 10),
    span("network a/create", 10, 60),
    span("service a/create", 10, 40, ["network"]),
    span("service a/start", 61, 90, ["network"]),
    span("service b/start", 61, 80, ["network"]),
    span("job/run", 91, 120),
  );
  expect(path).toEqual(["engine/find", "network a/create", "service a/start", "job/run"]);
});

test("a span that ended in between is no part of the path of one that did not wait for it", () => {
  const path = pathOf(
    span("service cache/ready", 0, 50),
    span("service database/ready", 0, 55),
    span("service api/start", 56, 80, ["service cache"]),
  );
  expect(path).toEqual(["service cache/ready", "service api/start"]);
});

test("a kind stands for its parts alone", () => {
  const spans = [span("networking/look", 0, 9), span("network a/create", 0, 5)];
  expect(pathOf(...spans, span("service a/start", 10, 20, ["network"]))).toEqual([
    "network a/create",
    "service a/start",
  ]);
});

test("steps of one part may overlap, and spans without a length end the search", () => {
  expect(pathOf(span("job/start", 0, 12), span("job/script", 10, 30, []))).toEqual([
    "job/start",
    "job/script",
  ]);
  expect(pathOf(span("a/one", 5, 5), span("b/two", 5, 5)).toSorted()).toEqual(["a/one", "b/two"]);
  expect(pathOf()).toEqual([]);
});

test("covered time counts overlaps once and gaps never", () => {
  expect(coveredTime([span("a/b", 10, 30), span("a/a", 0, 12), span("a/c", 50, 60)])).toBe(40);
  expect(coveredTime([])).toBe(0);
});
