/** What a span is about. */
export interface SpanLabel {
  /** "engine", "network default", "service cache", "job tests". */
  readonly part: string;
  /** "create", "start". */
  readonly step: string;
  /**
   * What it waits for besides the earlier steps of its part: parts, or kinds of parts such as "network".
   * @default everything that ended before it
   */
  readonly after?: readonly string[];
}

/** The sandbox that a span is about. */
export interface SpanSubject {
  readonly sandbox: string;
  /** The target of its place: "docker". */
  readonly target: string;
}

/** A time span of a command's work, in milliseconds by the clock of `performance.now()`. */
export interface Span extends SpanLabel {
  readonly start: number;
  readonly end: number;
  /** Whether its work failed, or was ended by the failure of other work. @default false */
  readonly failed?: boolean;
  /** @default no sandbox alone: the machine, the project */
  readonly of?: SpanSubject;
}

/** Receives the spans of a command's work, each at its end. */
export interface Timings {
  add(span: Span): void;
}

/** What may be asked for timings. */
export interface Timed {
  /** @default nothing is measured */
  readonly timings?: Timings | undefined;
}

/** Runs work as a span. */
export async function timed<Result>(
  timings: Timings | undefined,
  label: SpanLabel,
  work: () => Promise<Result>,
): Promise<Result> {
  if (timings === undefined) return work();
  const start = performance.now();
  try {
    const result = await work();
    timings.add({ ...label, start, end: performance.now() });
    return result;
  } catch (error) {
    timings.add({ ...label, start, end: performance.now(), failed: true });
    throw error;
  }
}

/** The timings of one sandbox among several: its name is before each part. */
export function timingsOf(timings: Timings | undefined, sandbox: string): Timings | undefined {
  if (timings === undefined) return undefined;
  const named = (part: string) => `${sandbox} ${part}`;
  return {
    add: ({ part, after, ...span }) =>
      timings.add({ ...span, part: named(part), ...(after && { after: after.map(named) }) }),
  };
}

/** The timings of work on a sandbox. */
export function timingsAbout(timings: Timings | undefined, subject: SpanSubject): Timings | undefined {
  return timings && { add: (span) => timings.add({ ...span, of: subject }) };
}
