import { expect, test } from "@jest/globals";
import type { Span } from "../../src/timings/timings.ts";
import { traceSpans } from "../../src/timings/trace-spans.ts";

const of = { sandbox: "shop", target: "docker" };
const root = { name: "nestbox run", id: "root", parentId: "above", start: 0, end: 100, failed: false };

function traced(spans: readonly Span[], exitCode?: number) {
  let last = 0;
  return traceSpans(spans, { ...root, exitCode }, () => {
    last += 1;
    return `id${last}`;
  });
}

test("a command has its steps, and around those of a service one span", () => {
  const spans = traced(
    [
      { part: "engine", step: "find", start: 1, end: 5 },
      { part: "network default", step: "create", of, start: 5, end: 8 },
      { part: "service cache", step: "create", of, start: 5, end: 9, after: [] },
      { part: "service cache", step: "start", of, start: 9, end: 20, failed: true },
    ],
    1,
  );
  expect(spans).toEqual([
    { ...root, attributes: { ...of, exit_code: 1 } },
    {
      ...{ name: "engine find", id: "id1", parentId: "root", start: 1, end: 5, failed: false },
      attributes: {},
    },
    {
      ...{ name: "network default create", id: "id2", parentId: "root", start: 5, end: 8, failed: false },
      attributes: { ...of, network: "default" },
    },
    {
      ...{ name: "service cache", id: "id3", parentId: "root", start: 5, end: 20, failed: true },
      attributes: { ...of, service: "cache" },
    },
    {
      ...{ name: "service cache create", id: "id4", parentId: "id3", start: 5, end: 9, failed: false },
      attributes: { ...of, service: "cache", critical: true },
    },
    {
      ...{ name: "service cache start", id: "id5", parentId: "id3", start: 9, end: 20, failed: true },
      attributes: { ...of, service: "cache", critical: true },
    },
  ]);
});

test("the sandbox among several is an attribute, not a part of names", () => {
  const spans = traced([
    { part: "shop job tests", step: "script", of, start: 1, end: 2 },
    { part: "blog job tests", step: "script", of: { ...of, sandbox: "blog" }, start: 2, end: 3 },
  ]);
  expect(spans.map(({ name, attributes }) => [name, attributes.sandbox, attributes.job])).toEqual([
    ["nestbox run", undefined, undefined],
    ["job tests", "shop", "tests"],
    ["job tests script", "shop", "tests"],
    ["job tests", "blog", "tests"],
    ["job tests script", "blog", "tests"],
  ]);
  expect(spans[0]?.attributes).toEqual({ target: "docker" });
});
