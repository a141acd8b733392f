import { expect, test } from "@jest/globals";
import { traceFile } from "../../src/timings/trace-file.ts";

test("a trace has a named thread for each part, and complete events in microseconds", () => {
  const text = traceFile(
    [
      { part: "service cache", step: "start", after: [], start: 12.5, end: 20, failed: true },
      { part: "engine", step: "find", start: 1, end: 12.25 },
      { part: "command", step: "run", start: 21, end: 30 },
    ],
    "nestbox run",
  );
  const { traceEvents, displayTimeUnit } = JSON.parse(text);
  expect(displayTimeUnit).toBe("ms");
  const named = traceEvents.filter(({ name }: { name: string }) => name.endsWith("_name"));
  expect(named.map(({ tid, args }: { tid: number; args: object }) => [tid, args])).toEqual([
    [0, { name: "nestbox run" }],
    [1, { name: "engine" }],
    [2, { name: "service cache" }],
    [3, { name: "command" }],
  ]);
  const complete = traceEvents.filter(({ ph }: { ph: string }) => ph === "X");
  const common = { ph: "X", pid: 1 };
  expect(complete).toEqual([
    {
      ...{ ...common, tid: 2, cat: "service cache", name: "start", ts: 12_500, dur: 7500 },
      ...{ args: { critical: true, failed: true }, cname: "terrible" },
    },
    {
      ...{ ...common, tid: 1, cat: "engine", name: "find", ts: 1000, dur: 11_250 },
      args: { critical: false },
    },
    {
      ...{ ...common, tid: 3, cat: "command", name: "run", ts: 21_000, dur: 9000 },
      ...{ args: { critical: true }, cname: "terrible" },
    },
  ]);
});
