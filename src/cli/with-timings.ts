import type { Invocation } from "../sandbox/invocation.ts";
import type { ProgressStream } from "../terminal/progress.ts";
import { openTrace } from "../timings/open-trace.ts";
import type { Span } from "../timings/timings.ts";
import { writeNamedFile } from "./write-named-file.ts";

/** A command that may be timed. */
export interface TimedCommand {
  /** "nestbox run". */
  readonly name: string;
  /**
   * Whether to print what took how long, or the JSON file that gets it as a trace. An empty one: print it.
   * @default neither
   */
  readonly wanted?: boolean | string | undefined;
}

/**
 * Runs a command, and reports what took how long at its end, also at one by an error: to the user if wanted,
 * and to OpenTelemetry where the environment asks for it.
 * @param work returns the exit code
 * @throws ConfigurationError for a file that cannot be written
 */
export async function withTimings(
  { name, wanted = false }: TimedCommand,
  invocation: Invocation,
  work: (invocation: Invocation) => Promise<number>,
): Promise<number> {
  const { environment, progress } = invocation;
  const trace = await openTrace({ name, start: 0, environment, progress });
  if (wanted === false && trace === undefined) return work(invocation);
  const spans: Span[] = [];
  const timings = {
    add: (span: Span) => {
      spans.push(span);
      trace?.add(span);
    },
  };
  timings.add({ part: "program", step: "load", start: 0, end: performance.now() });
  let exitCode: number | undefined;
  try {
    exitCode = await work({
      ...{ ...invocation, timings },
      environment: { ...environment, ...trace?.environment },
    });
    return exitCode;
  } finally {
    await trace?.send({ failed: exitCode !== 0, exitCode });
    if (wanted !== false) await report(spans, { name, wanted }, invocation);
  }
}

async function report(
  spans: readonly Span[],
  { name, wanted }: TimedCommand,
  { progress, stderr }: Invocation,
): Promise<void> {
  if (typeof wanted === "string" && wanted !== "") {
    const { traceFile } = await import("../timings/trace-file.ts");
    await writeNamedFile("--timings", wanted, traceFile(spans, name));
    return;
  }
  const { waterfall } = await import("../timings/waterfall.ts");
  const { columns = 80 } = stderr as ProgressStream;
  progress.print(`\n${waterfall(spans, columns)}`);
}
