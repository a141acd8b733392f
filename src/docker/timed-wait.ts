import { type Span, type SpanLabel, type Timings, timed } from "../timings/timings.ts";
import { passedProbe } from "./container-times.ts";
import { inspect, type StartedContainer } from "./started-container.ts";

/**
 * Waits for a container that has just started. A span is the time until its first answer, which is when the
 * probe that passed began, and one the time from there until it counts as ready. One request more with
 * timings.
 * @param ready the label of the whole wait, for one that fails, and one without a probe of the engine
 */
export async function timedWait(
  timings: Timings | undefined,
  started: StartedContainer,
  ready: SpanLabel,
  wait: () => Promise<void>,
): Promise<void> {
  if (timings === undefined) return wait();
  const whole: Span[] = [];
  try {
    await timed({ add: (span) => whole.push(span) }, ready, wait);
  } finally {
    for (const span of whole) for (const part of await splitAtAnswer(started, span)) timings.add(part);
  }
}

async function splitAtAnswer(started: StartedContainer, span: Span): Promise<readonly Span[]> {
  if (span.failed === true) return [span];
  const { State } = await inspect(started);
  const passed = passedProbe(State);
  if (passed === undefined) return [span];
  // Both times are by the engine's clock, which may differ from this machine's.
  const taken = Math.max(0, passed.begun - Date.parse(State.StartedAt));
  const answered = Math.min(span.start + taken, span.end);
  return [
    { ...span, step: "first answer", end: answered },
    { ...span, step: "probe", start: answered },
  ];
}
