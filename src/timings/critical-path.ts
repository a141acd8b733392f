import type { Span } from "./timings.ts";

/**
 * The spans that decide when a command ends, in their order: the one that ends last, before it the last one
 * that it has waited for, and so on.
 */
export function criticalPath(spans: readonly Span[]): readonly Span[] {
  const path: Span[] = [];
  for (let span = lastOf(spans); span !== undefined; span = lastOf(waitedFor(span, spans, path)))
    path.unshift(span);
  return path;
}

/** @param path spans that are later, which those without a length could repeat */
function waitedFor(span: Span, spans: readonly Span[], path: readonly Span[]): readonly Span[] {
  const { part, after, start } = span;
  const waitsFor = (other: Span) => {
    // Steps of one part overlap a little: a job prints its first line before the engine reports its start.
    if (other.part === part) return other.start < start;
    const isNamed = (name: string) => other.part === name || other.part.startsWith(`${name} `);
    return other.end <= start && (after === undefined || after.some(isNamed));
  };
  return spans.filter((other) => !path.includes(other) && waitsFor(other));
}

/** The time that spans cover, each once. */
export function coveredTime(spans: readonly Span[]): number {
  const sorted = [...spans].sort((one, other) => one.start - other.start);
  return sorted.reduce(
    ({ covered, until }, { start, end }) => ({
      covered: covered + Math.max(0, end - Math.max(start, until)),
      until: Math.max(until, end),
    }),
    { covered: 0, until: Number.NEGATIVE_INFINITY },
  ).covered;
}

function lastOf(spans: readonly Span[]): Span | undefined {
  return spans.reduce<Span | undefined>(
    (last, span) => (last === undefined || span.end >= last.end ? span : last),
    undefined,
  );
}
