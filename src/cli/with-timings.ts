import type { Invocation } from "../sandbox/invocation.ts";
import type { ProgressStream } from "../terminal/progress.ts";
import type { Span } from "../timings/timings.ts";
import { writeNamedFile } from "./write-named-file.ts";

/**
 * Runs a command, and reports what took how long at its end, also at one by an error.
 * @param wanted whether to print it, or the JSON file that gets it as a trace
 * @throws ConfigurationError for a file that cannot be written
 */
export async function withTimings<Result>(
  wanted: boolean | string | undefined,
  invocation: Invocation,
  work: (invocation: Invocation) => Promise<Result>,
): Promise<Result> {
  if (wanted === undefined || wanted === false) return work(invocation);
  const spans: Span[] = [{ part: "program", step: "load", start: 0, end: performance.now() }];
  const timings = { add: (span: Span) => void spans.push(span) };
  try {
    return await work({ ...invocation, timings });
  } finally {
    await report(spans, typeof wanted === "string" ? wanted : "", invocation);
  }
}

/** @param file empty: the chart is printed */
async function report(spans: readonly Span[], file: string, { progress, stderr }: Invocation): Promise<void> {
  if (file !== "") {
    const { traceFile } = await import("../timings/trace-file.ts");
    await writeNamedFile("--timings", file, traceFile(spans, "nestbox run"));
    return;
  }
  const { waterfall } = await import("../timings/waterfall.ts");
  const { columns = 80 } = stderr as ProgressStream;
  progress.print(`\n${waterfall(spans, columns)}`);
}
