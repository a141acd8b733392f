/** A span that others are part of, as the variable `TRACEPARENT` names it. */
export interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** Whether its spans are recorded. */
  readonly sampled: boolean;
}

/**
 * Reads a `TRACEPARENT`. One of a later version counts by its first four fields.
 * https://www.w3.org/TR/trace-context/#traceparent-header
 * @returns undefined for none, and for one that is invalid
 */
export function parseTraceParent(text = ""): TraceParent | undefined {
  const found = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/.exec(text.trim());
  const [, version = "ff", traceId = "", spanId = "", flags = "", rest] = found ?? [];
  const isKnown = version !== "ff" && (version !== "00" || rest === undefined);
  if (!isKnown || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceParent({ traceId, spanId, sampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`;
}
