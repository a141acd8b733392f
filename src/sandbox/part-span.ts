import type { PlannedService } from "../model/plan/plan.ts";
import type { SpanLabel } from "../timings/timings.ts";

/**
 * A step of a service.
 * @param parts what it waits for besides the services in its `after`
 */
export function serviceSpan(
  { key, after }: Pick<PlannedService, "key" | "after">,
  parts: readonly string[],
  step: string,
): SpanLabel {
  const services = Object.keys(after).map((other) => `service ${other}`);
  return { part: `service ${key}`, step, after: [...parts, ...services] };
}

/** A step of a job. Jobs run one after the other: its first step waits for all before it. */
export function jobSpan(key: string, step: string): SpanLabel {
  return { part: `job ${key}`, step };
}
