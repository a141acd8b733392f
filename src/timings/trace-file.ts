import { criticalPath } from "./critical-path.ts";
import type { Span } from "./timings.ts";

/** The colour of the spans on the critical path, among those of Chrome's viewer. */
const CRITICAL = "terrible";

/**
 * Spans as a trace that Chrome's viewer (chrome://tracing) and Perfetto open: a thread for each part, times
 * in microseconds.
 * https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 * @param command the name of the process in it
 */
export function traceFile(spans: readonly Span[], command: string): string {
  const path = criticalPath(spans);
  const parts = [
    ...new Set([...spans].sort((one, other) => one.start - other.start).map(({ part }) => part)),
  ];
  const named = (name: string, tid: number, args: object) => ({ ph: "M", pid: 1, tid, name, args });
  const traceEvents = [
    named("process_name", 0, { name: command }),
    ...parts.flatMap((part, index) => [
      named("thread_name", index + 1, { name: part }),
      named("thread_sort_index", index + 1, { sort_index: index + 1 }),
    ]),
    ...spans.map((span) => ({
      ...{ ph: "X", pid: 1, tid: parts.indexOf(span.part) + 1, cat: span.part, name: span.step },
      ...{ ts: microseconds(span.start), dur: microseconds(span.end - span.start) },
      args: { critical: path.includes(span), ...(span.failed && { failed: true }) },
      ...(path.includes(span) && { cname: CRITICAL }),
    })),
  ];
  return `${JSON.stringify({ displayTimeUnit: "ms", traceEvents }, undefined, 1)}\n`;
}

function microseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1000);
}
